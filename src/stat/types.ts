/** The words of the method (docs/method.md). Pure records. */
import type { Question } from '../data/types';
import type { AdapterSettings } from '../model/types';

/** skill → indices of the pool questions that carry it. */
export type SkillMap = Map<string, number[]>;

/** The teacher's verdict on one difficult question (method.md §1.3). */
export interface MissingSkills {
  questionId: string;
  /** The teacher thinks the response is right after all; such rows are dropped from the profile by default. */
  judgedCorrect: boolean;
  missing: string[];
  /** Why, in the teacher's words, quoting the response where it went wrong. */
  reason: string;
}

/** One bar of the Missing-Skill-Profile. */
export interface ProfileEntry {
  skill: string;
  /** n_s: difficult validation questions that miss this skill. */
  count: number;
  /** Validation questions that carry the skill. */
  carriers: number;
  /** count / carriers (0 where no question carries it). */
  rate: number;
}

export interface Profile {
  entries: ProfileEntry[];
  difficult: number;
  validation: number;
}

/** How a training set is built. `base` trains nothing, `grpo` learns from its own graded answers. */
export const ARM_KINDS = [
  'base', 'sft', 'balanced', 'shuffled', 'stat-sel', 'stat-sel-replay', 'stat-sel-weighted', 'pool-weighted', 'reweighted', 'grpo',
  'random', 'uniform', 'shuffled-map', 'other-student', 'oracle', 'hard', 'embed-sel', 'stat-syn', 'embed-syn', 'augment',
] as const;
export type ArmKind = (typeof ARM_KINDS)[number];

/** How a `grpo` arm reinforces (docs/method.md, GRPO). */
export interface Reinforcement {
  /** Updates; with `updatesEach` above 1 several share a batch of rollouts. */
  updates: number;
  updatesEach: number;
  /** Pool questions a batch, and answers a question. */
  questions: number;
  group: number;
  /** Which pool questions: all, or those that carry a skill the untouched student's profile calls missing, whomever the arm starts from. */
  ask: 'all' | 'missing';
  /** Weight of the KL term to the student it starts from. */
  kl: number;
  scale: 'std' | 'none';
  mean: 'answer' | 'token' | 'constant';
  /** Earned for ending by itself with an answer, right or wrong. */
  formatReward: number;
  /** Who says what is right: the project's grader, or the teacher too about what the grader calls wrong. */
  gradedBy: 'rules' | 'teacher';
}

export interface ArmSpec {
  /** Unique in the experiment; shown to people. */
  name: string;
  kind: ArmKind;
  learningRate: number;
  /** The adapter this arm trains in place of the project's choice; `false`: all weights. */
  lora?: AdapterSettings | false;
  /** Candidate rates; the best on validation is used (only plain SFT in the demo). Overrides `learningRate`. */
  learningRates?: number[];
  /** Share of ordinary pool rows mixed in (stat-sel-replay, stat-syn). */
  replay?: number;
  /** Draws per missing skill of a difficult question (5 in the paper, 20 in ministat); for stat-syn new questions, 2 where absent. */
  drawsPerSkill?: number;
  /**
   * The arm whose student this one starts from; the untouched student where absent. A trained arm is diagnosed anew first: its set is built
   * from what the student it starts from misses.
   */
  from?: string;
  /** Diagnosed and trained so often, each round from the student of the one before (`expandRounds`). */
  rounds?: number;
  /** Weight of KL(start ‖ student) on ordinary questions answered right (docs/method.md, Without forgetting). */
  kl?: number;
  /** Share of each batch that this term takes; a third where absent. */
  klShare?: number;
  /** Shares of ordinary rows to try on validation. Overrides `replay`. */
  replays?: number[];
  /** Known skills may lose this much accuracy on validation, as a share: of the student every few steps the best within it is kept. */
  mayForget?: number;
  reinforcement?: Partial<Reinforcement>;
  /** How much each skill's rows count (reweighted): 1 where absent. */
  factors?: Record<string, number>;
  /** Profile used by weights: the paper's raw counts or the rate. */
  by?: 'count' | 'rate';
  /** No skill below this share of the highest rate (any arm that reads a profile). */
  floor?: number;
  /** Count the judgements of answers that the teacher calls right; by default they are left out. */
  keepJudgedCorrect?: boolean;
  /** Share of the pool that counts as hard (hard); default 0.5. */
  hardest?: number;
  /** Nearest pool rows a difficult question (embed-sel), or new questions from them (embed-syn); default 5. */
  neighbours?: number;
  /** The project whose profile is followed (other-student): another student's, in the same store. */
  other?: string;
}

/** A row that no pool held before: a teacher wrote it. */
export interface NewRow extends Question {
  from: {
    /** Ids of the pool questions the teacher was shown. */
    references: string[];
    /** Solutions that ended in the same answer, of those asked for. */
    agreeing: number;
    solutions: number;
  };
}

/** What became of the requests to a teacher that writes. */
export interface WritingCounts {
  asked: number;
  /** No usable reply came. */
  failed: number;
  /** Distinct questions kept, and rows: one an agreeing solution that is unlike the others. */
  questions: number;
  rows: number;
  dropped: { nearReference: number; nearEvaluation: number; repeated: number; disagreeing: number; empty: number; /** Longer than the student can read. */ tooLong: number };
}

/** What building a training set took beside training: it is part of the arm's cost. */
export interface BuildingCost {
  /** Tokens the student read to say how hard each row is. */
  scoredTokens?: number;
  /** Questions the student answered for this arm alone. */
  answered?: number;
  /** Texts turned into sentence embeddings. */
  embedded?: number;
  /** Replies asked of the teacher. */
  teacherReplies?: number;
}

/** Questions to train on, with repeats, each with a loss weight. The trainer goes through it in seeded shuffles. */
export interface TrainingSet {
  /** Indices into the pool, repeats allowed; from the pool's length on, into `added`. */
  rows: number[];
  /** One a row, mean 1, all 1 unless the arm weights its loss. */
  weights: number[];
  added?: NewRow[];
  writing?: WritingCounts;
  cost?: BuildingCost;
  /** Rows presented in training, where the tokens are what all arms have alike; steps times batch where absent. */
  presented?: number;
}

/** Paired counts of one set or skill, before against after. */
export interface PairedCounts {
  n: number;
  fixed: number;
  broken: number;
  stillRight: number;
  stillWrong: number;
  before: number;
  after: number;
  difference: number;
  /** 95 % interval of `difference`, paired bootstrap over questions. */
  low: number;
  high: number;
  /** Exact McNemar (sign) test of fixed against broken. */
  p: number;
}
