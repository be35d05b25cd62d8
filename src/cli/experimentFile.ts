/** `experiment.json`: how it is written, and what is wrong with it. */
import * as v from 'valibot';
import { StudioError } from '../core/errors';
import { benchmarks, type BenchmarkName } from '../data/benchmarks/benchmarks';
import { PACKINGS } from '../gpu/packing';
import { graderNames } from '../grade/graders';
import { ARM_KINDS } from '../stat/types';
import { LEARNING_RATE } from '../studio/project';
import type { TeacherPlan } from '../teacher/plan';
import { Difficulty } from './difficulty';

const count = v.pipe(v.number(), v.integer(), v.minValue(1));

const rate = v.pipe(v.number(), v.minValue(1e-9), v.maxValue(1));
const share = v.pipe(v.number(), v.minValue(0), v.maxValue(1));
const Lora = v.pipe(v.strictObject({
  rank: v.pipe(count, v.maxValue(4096)),
  alpha: v.optional(v.pipe(v.number(), v.gtValue(0), v.maxValue(1e6))),
  dropout: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(0.99)), 0),
  targets: v.optional(v.union([v.literal('all-linear'), v.pipe(v.array(v.pipe(v.string(), v.maxLength(200))), v.minLength(1), v.maxLength(1000))]), 'all-linear'),
  rankStabilised: v.optional(v.boolean(), false),
}), v.transform(({ alpha, ...lora }) => ({ ...lora, alpha: alpha ?? 2 * lora.rank })));

const Arm = v.strictObject({
  name: v.pipe(v.string(), v.regex(/^[\w.+-]{1,60}$/, 'an arm\u2019s name is letters, digits, dots, dashes and pluses')),
  kind: v.picklist(ARM_KINDS),
  learningRate: v.optional(rate, LEARNING_RATE),
  learningRates: v.optional(v.array(rate)),
  lora: v.optional(v.union([v.literal(false), Lora])),
  replay: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(0.99))),
  drawsPerSkill: v.optional(count),
  by: v.optional(v.picklist(['count', 'rate'])),
  floor: v.optional(share),
  keepJudgedCorrect: v.optional(v.boolean()),
  hardest: v.optional(v.pipe(share, v.minValue(0.001))),
  neighbours: v.optional(v.pipe(count, v.maxValue(1000))),
  factors: v.optional(v.record(v.string(), v.pipe(v.number(), v.minValue(0), v.maxValue(1000)))),
  from: v.optional(v.string()),
  rounds: v.optional(v.pipe(count, v.maxValue(10))),
  kl: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(1000))),
  klShare: v.optional(v.pipe(v.number(), v.minValue(0.01), v.maxValue(0.9))),
  replays: v.optional(v.pipe(v.array(v.pipe(v.number(), v.minValue(0), v.maxValue(0.99))), v.minLength(1), v.maxLength(10))),
  mayForget: v.optional(share),
  reinforcement: v.optional(v.strictObject({
    updates: count, updatesEach: v.optional(count, 1), questions: v.optional(count, 16), group: v.optional(v.pipe(count, v.minValue(2)), 8),
    ask: v.optional(v.picklist(['all', 'missing'])),
    kl: v.optional(v.pipe(v.number(), v.minValue(0)), 0), scale: v.optional(v.picklist(['std', 'none']), 'std'),
    mean: v.optional(v.picklist(['answer', 'token', 'constant']), 'answer'), formatReward: v.optional(v.pipe(v.number(), v.minValue(0)), 0),
    gradedBy: v.optional(v.picklist(['rules', 'teacher'])),
  })),
});

const Path = v.pipe(v.string(), v.minLength(1), v.maxLength(1000));

/** Files in the shapes the page imports; validation and test questions that are not named are drawn from `train` by the seed. */
const OwnData = v.strictObject({
  train: Path,
  validation: v.optional(Path),
  test: v.optional(Path),
  /** Which column means what, where the names do not tell: of all three files. */
  columns: v.optional(v.strictObject(v.entriesFromList(['question', 'answer', 'context', 'messages', 'skills', 'weight', 'id'], v.optional(v.string())))),
  /** Further test sets: published ones, each with its own grader, and files of one's own by a name. */
  tests: v.optional(v.pipe(v.array(v.pipe(
    v.strictObject({
      benchmark: v.optional(v.picklist(benchmarks.map(({ name }): BenchmarkName => name))), name: v.optional(v.pipe(v.string(), v.maxLength(40))), file: Path,
      samples: v.optional(v.pipe(count, v.maxValue(256))), maxTokens: v.optional(v.pipe(count, v.maxValue(32_768))),
    }),
    v.check(({ benchmark, name }) => (benchmark === undefined) !== (name === undefined), 'a test set is either of a published "benchmark" or of one\u2019s own, with a "name"'),
    v.check(({ name, samples, maxTokens }) => name === undefined || (samples ?? maxTokens) === undefined, 'samples and maxTokens are said of published test sets only'),
  )), v.maxLength(20))),
  /** Rows to train on that ask an evaluation question again, or nearly, are left out. */
  leaveOutNearCopies: v.optional(v.boolean()),
});
export type OwnData = v.InferOutput<typeof OwnData>;

/** A world or data of one's own, seeds, and what to change of the built-in demo. */
const Experiment = v.strictObject({
  name: v.optional(v.pipe(v.string(), v.maxLength(200))),
  world: v.optional(v.picklist(['A', 'B1'])),
  data: v.optional(OwnData),
  seeds: v.pipe(v.array(v.pipe(v.number(), v.integer(), v.minValue(0))), v.minLength(1), v.maxLength(100)),
  /** Names of the demo's arms to keep, or arms of its own; all of the demo's where absent. */
  arms: v.optional(v.array(v.union([v.string(), Arm]))),
  steps: v.optional(count),
  /** Every trained arm tries each of these on validation, whatever rates it names; reinforcement keeps its own. */
  learningRates: v.optional(v.pipe(v.array(rate), v.minLength(1), v.maxLength(10))),
  equalTokens: v.optional(v.boolean()),
  /** Which validation questions count as difficult. */
  difficulty: v.optional(Difficulty),
  /** A list of skills of one's own, or one the teacher makes of free names. */
  skills: v.optional(v.union([
    v.strictObject({ from: v.literal('teacher'), sample: v.optional(count, 200), most: v.optional(v.pipe(count, v.minValue(2), v.maxValue(200)), 20) }),
    v.pipe(v.array(v.strictObject({ name: v.pipe(v.string(), v.minLength(1), v.maxLength(200)), description: v.optional(v.pipe(v.string(), v.maxLength(2000)), '') })), v.minLength(1), v.maxLength(1000)),
  ])),
  /** A file of skills or of labels, in the shapes the Skills page takes. */
  labels: v.optional(Path),
  grader: v.optional(v.picklist(graderNames)),
  /** Of an answer. */
  maxTokens: v.optional(v.pipe(count, v.maxValue(32_768))),
  /** The teacher also looks at what the grader calls wrong; it judges twice. */
  teacherGrades: v.optional(v.boolean()),
  secondPass: v.optional(v.boolean()),
  batch: v.optional(count),
  /** Passes that a step's gradients are collected over, at least. */
  accumulate: v.optional(count),
  /** Activations are made again for their gradients: less memory, the same bits. */
  recompute: v.optional(v.boolean()),
  /** Train adapters on the frozen student, which `base` packs on the device. */
  lora: v.optional(Lora),
  base: v.optional(v.picklist(['f32', ...PACKINGS])),
  /** A student of one's own, in place of the world's: a folder, a file or a repository. */
  student: v.optional(Path),
  limits: v.optional(v.strictObject({ validation: v.optional(count), test: v.optional(count), outOfDistribution: v.optional(count) })),
});
type Written = v.InferOutput<typeof Experiment>;
export type Experiment = Omit<Written, 'world' | 'data'> & ({ world: NonNullable<Written['world']>; data?: undefined } | { world?: undefined; data: OwnData; student: string })
  & { teacher?: TeacherPlan };

/** @throws StudioError `experiment-not-json`, `experiment-malformed` */
export function readExperiment(text: string, file: string): Experiment {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new StudioError('experiment-not-json', `${file} is not JSON.`, { cause });
  }
  const parsed = v.safeParse(Experiment, json);
  if (!parsed.success) {
    const { message, where } = innermost(parsed.issues[0]);
    throw malformed(file, message, where);
  }
  const { world, data, student, ...rest } = parsed.output;
  if (rest.skills && rest.labels !== undefined) throw malformed(file, 'skills come from "skills" or from the file "labels", not from both', 'labels');
  if (world !== undefined && data === undefined) return { ...rest, student, world };
  if (data === undefined || world !== undefined) throw malformed(file, 'it names either a "world" or "data", a train file of your own', 'data');
  if (student === undefined) throw malformed(file, 'with data of your own it names its "student": a folder, a file or a repository', 'student');
  const hidden = rest.arms?.find((arm) => typeof arm !== 'string' && (arm.kind === 'oracle' || arm.kind === 'other-student'));
  if (hidden) throw malformed(file, 'the kinds "oracle" and "other-student" need a world: hidden labels, or other students of the same data', 'arms');
  return { ...rest, student, data };
}

/** Of a field that may be of several shapes, what is wrong with it in the shape that comes nearest: the one that fails furthest in. */
function innermost(issue: v.BaseIssue<unknown>): { message: string; where?: string } {
  const where = v.getDotPath(issue) ?? undefined;
  const inner = issue.issues?.map((one) => innermost(one)).filter((one) => one.where !== undefined) ?? [];
  if (inner.length === 0) return { message: issue.message, where };
  const [{ message, where: further }] = inner.sort((a, b) => (b.where ?? '').split('.').length - (a.where ?? '').split('.').length);
  return { message, where: [where, further].filter(Boolean).join('.') };
}

function malformed(file: string, what: string, where: string | undefined): StudioError {
  return new StudioError('experiment-malformed', `${file} is not an experiment: ${what}`, { where });
}
