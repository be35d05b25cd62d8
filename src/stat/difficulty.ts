/** Stage 1: which validation questions count as difficult (paper §2.1, App. C.1, E.1), and how well a rule finds the wrong answers. */
import type { Question, Response } from '../data/types';

/**
 * How difficulty is decided. `graded`: any answer is wrong, which needs reference answers. `process`: step scores, three ways, by the
 * teacher or by a reward model served at an address. `consistency`: of `samples` answers drawn at `temperature` the most common
 * appears less than `below` times. `length`: the mean number of words.
 */
export type DifficultyRule =
  | { kind: 'graded' }
  | { kind: 'process'; tau1?: number; tau2?: number; rewardModel?: { baseUrl: string; model: string } }
  | { kind: 'consistency'; below?: number; samples?: number; temperature?: number }
  | { kind: 'length'; words?: number };

export const DIFFICULTY_KINDS = ['graded', 'process', 'consistency', 'length'] as const satisfies readonly DifficultyRule['kind'][];

/** The paper's settings; it draws at 0.1 only, at which most samples are one answer. */
export const difficultyDefaults = { tau1: 0.85, tau2: 0.7, below: 2, samples: 5, temperature: 0.7, words: 800 } as const;

/** Step scores by question, from a reward model or a teacher asked step by step: one a step, in [0, 1]. */
export type StepScores = ReadonlyMap<string, readonly number[]>;

/**
 * Ids of the difficult questions, in the order of `responses`, each once. `process` flags no question without scores: nothing is
 * known of it.
 */
export function difficultQuestions(responses: readonly Response[], rule: DifficultyRule = { kind: 'graded' }, scores: StepScores = new Map()): string[] {
  switch (rule.kind) {
    case 'graded':
      return difficultByGrade(responses);
    case 'process': {
      const { tau1 = difficultyDefaults.tau1, tau2 = difficultyDefaults.tau2 } = rule;
      return questionsOf(responses).filter((id) => difficultByProcess(scores.get(id) ?? [], tau1, tau2));
    }
    case 'consistency':
      return bySamples(responses, (samples) => mostCommon(samples) < (rule.below ?? difficultyDefaults.below));
    case 'length':
      return bySamples(responses, (samples) => meanWords(samples) >= (rule.words ?? difficultyDefaults.words));
  }
}

/** What a rule flags of the answers there are: the student's own, and for `consistency` the samples beside them. In the order of `answers`. */
export function difficultAnswers(rule: DifficultyRule, answers: readonly Response[], samples: readonly Response[] = []): string[] {
  const scores = new Map(answers.flatMap(({ questionId, stepScores }) => (stepScores ? [[questionId, stepScores] as const] : [])));
  const flagged = new Set(difficultQuestions(rule.kind === 'consistency' ? samples : answers, rule, scores));
  return questionsOf(answers).filter((id) => flagged.has(id));
}

/** One rule on one set of answers, held against their grades. */
export interface RuleResult {
  rule: DifficultyRule;
  flagged: number;
  /** Answers the rule knows nothing of: without scores, or without samples. */
  unknown: number;
  detection: Detection;
}

/** Each rule that these answers allow, with `chosen` in the place of its kind. */
export function ruleResults(chosen: DifficultyRule, answers: readonly Response[], samples: readonly Response[] = []): RuleResult[] {
  const sampled = new Set(samples.map(({ questionId }) => questionId));
  return DIFFICULTY_KINDS.flatMap((kind): RuleResult[] => {
    const rule: DifficultyRule = kind === chosen.kind ? chosen : { kind };
    const known = answers.filter(({ questionId, stepScores }) => kind === 'process' ? stepScores !== undefined : kind !== 'consistency' || sampled.has(questionId));
    if (known.length === 0) return [];
    const flagged = difficultAnswers(rule, known, samples);
    return [{ rule, flagged: flagged.length, unknown: answers.length - known.length, detection: detection(flagged, known) }];
  });
}

/** A question is difficult when any of its responses is graded wrong. */
export function difficultByGrade(responses: readonly Response[]): string[] {
  const wrong = new Set<string>();
  for (const response of responses) if (!response.correct) wrong.add(response.questionId);
  return [...wrong];
}

/** Last step ≤ τ1, or the mean ≤ τ1, or any earlier step ≤ τ2 (paper §2.1). Without scores: not difficult. */
export function difficultByProcess(scores: readonly number[], tau1: number, tau2: number): boolean {
  const last = scores.at(-1);
  if (last === undefined) return false;
  const mean = scores.reduce((sum, score) => sum + score, 0) / scores.length;
  return last <= tau1 || mean <= tau1 || scores.slice(0, -1).some((score) => score <= tau2);
}

/** What a scorer is asked: the steps of one response. Fits a teacher's `score` task. */
export interface ScoreRequest {
  row: string;
  question: string;
  steps: string[];
}

const mostSteps = 50;

/** One request a response that wrote something. */
export function scoreRequests(questions: readonly Question[], responses: readonly Response[]): ScoreRequest[] {
  const byId = new Map(questions.map((question) => [question.id, question.question]));
  return responses.flatMap(({ questionId, text }) => {
    const question = byId.get(questionId);
    const steps = stepsOf(text);
    return question === undefined || steps.length === 0 ? [] : [{ row: questionId, question, steps }];
  });
}

/** Paragraphs, else lines, else the built-in worlds' `24+17=41,41+3=44#44` at its commas and mark; at most 50, the rest joined to the last. */
export function stepsOf(text: string): string[] {
  const split = [/\n\s*\n/, /\n/, /(?<=\d),(?=[^,]*=)|(?=#)/].map((at) => text.split(at).map((step) => step.trim()).filter((step) => step !== ''));
  const steps = split.find((parts) => parts.length > 1) ?? split[0];
  return steps.length <= mostSteps ? steps : [...steps.slice(0, mostSteps - 1), steps.slice(mostSteps - 1).join('\n')];
}

/** A rule against the grades: a flagged question answered wrong is a true positive. Shares of nothing are undefined. */
export interface Detection {
  truePositive: number;
  falsePositive: number;
  falseNegative: number;
  trueNegative: number;
  precision?: number;
  recall?: number;
  f1?: number;
  accuracy?: number;
}

export function detection(flagged: readonly string[], graded: readonly Response[]): Detection {
  const difficult = new Set(flagged);
  const wrong = new Set(difficultByGrade(graded));
  const asked = questionsOf(graded);
  const count = (is: boolean, was: boolean): number => asked.filter((id) => difficult.has(id) === is && wrong.has(id) === was).length;
  const [truePositive, falsePositive, falseNegative, trueNegative] = [count(true, true), count(true, false), count(false, true), count(false, false)];
  const share = (part: number, whole: number): number | undefined => (whole === 0 ? undefined : part / whole);
  return {
    truePositive, falsePositive, falseNegative, trueNegative,
    precision: share(truePositive, truePositive + falsePositive),
    recall: share(truePositive, truePositive + falseNegative),
    f1: share(2 * truePositive, 2 * truePositive + falsePositive + falseNegative),
    accuracy: share(truePositive + trueNegative, asked.length),
  };
}

function questionsOf(responses: readonly Response[]): string[] {
  return [...new Set(responses.map((response) => response.questionId))];
}

function bySamples(responses: readonly Response[], difficult: (samples: readonly Response[]) => boolean): string[] {
  const samples = new Map<string, Response[]>(questionsOf(responses).map((id) => [id, []]));
  for (const response of responses) samples.get(response.questionId)?.push(response);
  return [...samples].filter(([, each]) => difficult(each)).map(([id]) => id);
}

/** How often the most common final answer appears; an answer that was not found is like no other. */
function mostCommon(samples: readonly Response[]): number {
  const counts = new Map<string, number>();
  for (const { extracted } of samples) if (extracted !== undefined) counts.set(extracted, (counts.get(extracted) ?? 0) + 1);
  return Math.max(0, ...counts.values());
}

function meanWords(samples: readonly Response[]): number {
  const words = (text: string): number => text.split(/\s+/).filter((word) => word !== '').length;
  return samples.reduce((sum, { text }) => sum + words(text), 0) / samples.length;
}
