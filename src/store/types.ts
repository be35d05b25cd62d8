/** What is kept, and the one interface both keepers implement: Dexie + OPFS in the page, files under `--out` in Node. */
import type { PlacedQuestion } from '../data/split';
import type { Response, Skill } from '../data/types';
import type { TunedKernels } from '../gpu/kernelChoices';
import type { Packing } from '../gpu/packing';
import type { AdapterSettings } from '../model/types';
import type { SkillLog } from '../stat/skillEdits';
import type { DifficultyRule } from '../stat/difficulty';
import type { Standing } from '../stat/forgetting';
import type { ArmSpec, MissingSkills, Profile, TrainingSet } from '../stat/types';
import type { Door } from '../core/networkDoor';
import type { TeacherPlan } from '../teacher/plan';
import type { LedgerEntry } from '../teacher/ledger/entry';
import type { RowFailure } from '../teacher/runner/rows';
import type { GenerateOptions, StepMetrics, TrainOptions } from '../train/types';
import type { ErrorRecord } from '../core/errors';
import type { SealedText } from './secrets';

/** Where a project's questions come from. */
export type Source =
  | { kind: 'world'; world: 'A' | 'B1'; seed: number }
  | { kind: 'dataset'; datasetId: string; seed: number };

/**
 * Where a project's skills come from; absent: the world's list, or the names the imported rows use, else a list the teacher makes.
 * `teacher`: free names for `sample` pool questions, clustered into at most `most`. `list`: a person's. `labels`: a person's labels,
 * kept beside the project.
 */
export type SkillSource =
  | { kind: 'teacher'; sample: number; most: number }
  | { kind: 'list'; file: string; skills: Skill[] }
  | { kind: 'labels'; file: string; matched: number };

/** A test set brought to a project, published or a person's own; its set is called `ood:` and the name. */
export interface TestSet {
  name: string;
  title: string;
  datasetId: string;
  /** Absent, and so the limit: the project's. */
  grader?: string;
  maxTokens?: number;
  /** Samples a question beside the one likeliest answer, for avg@k and pass@k; none where absent. */
  samples?: number;
  temperature?: number;
  /** Ids of questions longer than the student can read; absent until looked at. */
  leftOut?: string[];
}

/** One student, one split, one list of arms: everything that must be known to repeat it. */
export interface Project {
  id: string;
  name: string;
  createdAt: number;
  source: Source;
  /** A folder under `public/` (`students/world-a-0`), or a kept student's id (`StudentRow`). */
  student: string;
  arms: ArmSpec[];
  /** The same for every arm; the arm adds its learning rate. */
  training: Omit<TrainOptions, 'learningRate'>;
  /** Every arm trains this adapter on the frozen student, unless it says otherwise; absent: all weights. */
  lora?: AdapterSettings;
  /** How frozen weights lie on the device; absent: in f32. */
  base?: Packing;
  generation: GenerateOptions;
  grader: string;
  /** Ids of imported rows left out because question and answer are longer than the student can read; absent until looked at. */
  leftOut?: string[];
  /** Ids of pool rows left out because they ask an evaluation question again, or nearly; none where absent. */
  nearCopies?: string[];
  /** Who labels and judges; absent: the rules of the world, or the labels of the file. */
  teacher?: TeacherPlan;
  skillSource?: SkillSource;
  /** Test sets beside its own. */
  tests?: TestSet[];
  /** Which validation questions count as difficult; absent: those graded wrong. */
  difficulty?: DifficultyRule;
  /** The teacher is asked about every answer that the grader calls wrong. */
  teacherGrades?: boolean;
  /** The teacher judges every difficult answer twice, to see how far it agrees with itself. */
  secondPass?: boolean;
  /** Questions used of each set, for quick looks; absent means all. */
  limits?: { validation?: number; test?: number; outOfDistribution?: number };
  /** Every arm trains on as many tokens as plain fine-tuning does in the same steps; else on as many rows. */
  equalTokens?: boolean;
}

/** An imported file, after column mapping. */
export interface Dataset {
  id: string;
  name: string;
  createdAt: number;
  format: 'jsonl' | 'csv';
  rows: number;
  skippedRows: number;
  /** The files of the sets that a person named apart from the pool's. */
  files?: Partial<Record<'validation' | 'test', string>>;
}

/** `oracle`: a world's own questions for the oracle arm, which no result is measured on. */
export type SetName = 'pool' | 'validation' | 'test' | 'oracle' | `ood:${string}`;

/** Imported questions only; a world's are rebuilt from its seed. */
export interface QuestionRow extends PlacedQuestion {
  key: string; // `${datasetId}/${id}`
  datasetId: string;
  position: number;
}

export interface SkillRow {
  key: string; // `${projectId}/${name}`
  projectId: string;
  name: string;
  description: string;
}

/** The teacher's labels of up to 1,000 questions in a row: a pool of 40,000 is 40 rows, not 40,000. */
export interface LabelRow {
  key: string; // `${projectId}/${set}/${start}`, start zero-padded to 8
  projectId: string;
  set: SetName;
  /** Position of the first question in its set. */
  start: number;
  /** One list of skills a question, the main one first; none where the teacher gave no label. */
  skills: string[][];
  /** The questions without a label, and why. */
  failures?: RowFailure[];
}

/** Corrections of a project's skills by hand, replayed over the teacher's labels. */
export interface SkillEditsRow extends SkillLog {
  projectId: string; // primary key
}

export interface ResponseRow extends Response {
  key: string; // `${projectId}/${runId}/${set}/${questionId}`
  projectId: string;
  /** `base` for the untouched student; `RUN#2` for the second of several samples. */
  runId: string;
  set: SetName;
  /** Why its steps have no scores, where a scorer was asked in vain. */
  scoreFailure?: RowFailure;
}

export interface ProfileRow {
  projectId: string; // primary key
  profile: Profile;
  judgements: MissingSkills[];
  /** Judgements of answers that were counted as right by hand since. */
  setAside?: MissingSkills[];
  /** The difficult questions without a verdict, and why. */
  failures?: RowFailure[];
  /** What the teacher said when asked again. */
  second?: MissingSkills[];
  secondFailures?: RowFailure[];
  teacher: string;
}

export type RunStatus = 'queued' | 'training' | 'paused' | 'evaluating' | 'finished' | 'failed';

/** An arm's training set, the same for each of its learning rates; one a share of ordinary rows where several are tried. */
export interface TrainingSetRow extends TrainingSet {
  key: string; // `trainingSetKey`
  projectId: string;
  arm: string;
  /** Of an arm that starts from another arm's student: what that student misses, which the set is built from. */
  diagnosis?: Pick<ProfileRow, 'profile' | 'judgements'>;
}

/** What a run was on validation after a step. */
export interface Piece extends Standing {
  step: number;
}

/** One arm at one learning rate, trained once. */
export interface RunRow {
  id: string; // `${projectId}/${arm}@${learningRate}`, the arm with its share of ordinary rows where several are tried
  projectId: string;
  arm: string;
  kind: ArmSpec['kind'];
  learningRate: number;
  status: RunStatus;
  step: number;
  steps: number;
  tokens: number;
  /** (Σw)² / Σw² over the distinct rows presented, w a row's weight summed over its presentations. */
  effectiveSampleSize: number;
  /** Share of ordinary rows, where the arm tries several. */
  replay?: number;
  /** Where the arm may forget only so much: what its student was every few steps, the step whose student was kept (0: none), and whether it ended there. */
  pieces?: Piece[];
  kept?: number;
  stopped?: boolean;
  /** Accuracy on validation after training, where it was measured to choose a rate, and of the known skills. */
  validationAccuracy?: number;
  validationKnown?: number;
  /** The rate this arm reports (the best on validation where several were tried). */
  chosen: boolean;
  error?: ErrorRecord;
  /** The graphics adapter it was trained on. */
  device?: string;
  /** Bytes of the device: what it was to take at most, and the most it did. */
  memory?: { planned: number; held: number };
  startedAt?: number;
  finishedAt?: number;
}

/** Metrics in batches of steps, one row a flush. */
export interface MetricsRow {
  key: string; // `${runId}/${firstStep}` zero-padded
  runId: string;
  projectId: string;
  steps: StepMetrics[];
}

/** What holds for this browser, whatever the project. */
export type SettingRow =
  | { key: 'teacher'; plan: TeacherPlan }
  | { key: 'door'; door: Door }
  /** A key of a teacher's server, sealed; `name` is `key/` and the address it is for. */
  | { key: `key/${string}`; sealed: SealedText }
  /** The kernels that won on an adapter. */
  | ({ key: `kernels/${string}` } & TunedKernels);

/** A student whose files are kept in this browser, beside the shipped ones. */
export interface StudentRow {
  /** As a project names it: `@own/<key>`, `hf:owner/name`, the address of a repository; `#<key>` at its end names an adapter on top. */
  id: string;
  title: string;
  kind: 'files' | 'repository' | 'adapter';
  /** Bytes of the files kept, and numbers in them. */
  bytes: number;
  parameters: number;
  addedAt: number;
}

export interface Tables {
  projects: Project;
  datasets: Dataset;
  questions: QuestionRow;
  skills: SkillRow;
  labels: LabelRow;
  responses: ResponseRow;
  profiles: ProfileRow;
  trainingSets: TrainingSetRow;
  runs: RunRow;
  metrics: MetricsRow;
  /** The ledger of calls to teachers, of all projects: it outlives them. */
  calls: LedgerEntry;
  settings: SettingRow;
  skillEdits: SkillEditsRow;
  students: StudentRow;
}

export type TableName = keyof Tables;

/** Rows by primary key (`id`, `key`, or `projectId` for profiles) and by the indexed fields `projectId`, `runId`, `datasetId`. */
export interface StudioStore {
  get<T extends TableName>(table: T, key: string): Promise<Tables[T] | undefined>;
  put<T extends TableName>(table: T, rows: Tables[T][]): Promise<void>;
  /** All rows whose indexed field equals `value`, in key order. */
  where<T extends TableName>(table: T, field: 'projectId' | 'runId' | 'datasetId', value: string): Promise<Tables[T][]>;
  all<T extends TableName>(table: T): Promise<Tables[T][]>;
  remove<T extends TableName>(table: T, keys: string[]): Promise<void>;
  /** Binary files, written whole or not at all (a torn write is never read back). Path segments are `[A-Za-z0-9@._-]+`. */
  readBlob(path: string): Promise<Uint8Array | undefined>;
  writeBlob(path: string, bytes: Uint8Array): Promise<void>;
  removeBlob(path: string): Promise<void>;
  listBlobs(prefix: string): Promise<string[]>;
}

/** The binary half of a store. */
export type Blobs = Pick<StudioStore, 'readBlob' | 'writeBlob' | 'removeBlob' | 'listBlobs'>;
