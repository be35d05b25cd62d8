/** The records that flow round the loop. Plain data: they are stored, posted between threads and written to JSONL as they are. */
import type { Random } from '../core/random';

/**
 * One question with its worked answer. A dataset file row is this with `id`, `skills` and `weight` optional.
 * `answer` is the whole target text the student learns to write; graders extract the final answer from it.
 * `skills`: the first is the main one (what the question is about, and the one per-skill tables count by);
 * the others are used on the way.
 */
export interface Question {
  id: string;
  question: string;
  answer: string;
  skills: string[];
  weight?: number;
}

/** What a student wrote for a question, and how it was graded. */
export interface Response {
  questionId: string;
  text: string;
  correct: boolean;
  /** The final answer found in `text`, if any. */
  extracted?: string;
  /** Which extraction or comparison rule decided. */
  rule: string;
  /** The grader's own verdict, where a person set `correct` by hand. */
  overruled?: { correct: boolean; rule: string };
  /** Generation stopped at the token limit, not at the end-of-text token. */
  truncated?: boolean;
  /** How sure a scorer is of each step, in [0, 1], where one was asked. */
  stepScores?: number[];
}

/** The splits of a project. `outOfDistribution` maps a set's name to its questions. No text is shared between any two. */
export interface Splits {
  pool: Question[];
  validation: Question[];
  test: Question[];
  outOfDistribution: Record<string, Question[]>;
}

/** A skill as shown to people and to the teacher. */
export interface Skill {
  name: string;
  description: string;
}

/** A built-in, procedural, seeded curriculum. */
export interface World {
  id: 'A' | 'B1';
  title: string;
  /** In plain words: what a result in this world can show, and what it cannot. */
  shows: string;
  cannotShow: string;
  skills: Skill[];
  /** Skills this seed's student saw rarely in pretraining (what an honest diagnosis should find). Never given to the teacher. */
  plantedGaps(seed: number): string[];
  splits(seed: number): Splits;
  /** The student's past: `rows` questions from the pretraining mix, sharing no text with validation, test or out-of-distribution sets. */
  pretraining(seed: number, rows: number): Question[];
  /**
   * Questions with hidden labels for the oracle arm alone: it shares none with validation, test or out-of-distribution sets, but was not
   * kept from the student's past or the pool.
   */
  oracle(seed: number): Question[];
  /**
   * A fresh question of a kind, as the teacher of this world writes one: the generator's own wordings and range, so what it draws may be an
   * evaluation question. Undefined for a kind the world keeps from training.
   */
  drawLike(kind: { skill: string; followUp?: string }, random: Random): string | undefined;
  /** STAT-Syn's and the tokenizer's view: every symbol the texts use. The content of `tokenizer.json`. */
  tokenizerJson(): object;
}
