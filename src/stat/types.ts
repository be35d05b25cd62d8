/** The words of the method (docs/method.md). Pure records. */

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
  'random', 'uniform', 'shuffled-map', 'other-student', 'oracle', 'hard', 'embed-sel',
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
  /** Weight of the KL term to the student it starts from. */
  kl: number;
  scale: 'std' | 'none';
  mean: 'answer' | 'token' | 'constant';
  /** Earned for ending by itself with an answer, right or wrong. */
  formatReward: number;
}

export interface ArmSpec {
  /** Unique in the experiment; shown to people. */
  name: string;
  kind: ArmKind;
  learningRate: number;
  /** Candidate rates; the best on validation is used (only plain SFT in the demo). Overrides `learningRate`. */
  learningRates?: number[];
  /** Share of ordinary pool rows mixed in (stat-sel-replay). */
  replay?: number;
  /** Draws per missing skill of a difficult question (5 in the paper, 20 in ministat). */
  drawsPerSkill?: number;
  /** The arm whose student this one starts from; the untouched student where absent (grpo). */
  from?: string;
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
  /** Nearest pool rows a difficult question (embed-sel); default 5. */
  neighbours?: number;
}

/** Questions to train on, with repeats, each with a loss weight. The trainer goes through it in seeded shuffles. */
export interface TrainingSet {
  /** Indices into the pool; repeats allowed. */
  rows: number[];
  /** One a row, mean 1, all 1 unless the arm weights its loss. */
  weights: number[];
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
