/**
 * What the page and the worker say to each other. Results go through the store, which the page watches;
 * messages carry only commands, progress and what is too quick to store.
 */
import type { ErrorRecord } from '../core/errors';
import type { Door } from '../core/networkDoor';
import type { AdapterReport } from '../gpu/device';
import type { SelftestRow } from '../gpu/selftest';
import type { WrittenFormat } from '../model/encodeNumbers';
import type { ExportKind } from '../model/export/student';
import type { StudentFacts } from '../model/loadCard';
import type { Project } from '../store/types';
import type { Preview } from '../train/example';
import type { MemoryEstimate } from '../train/memory';
import type { StepProfile } from '../train/stepProfile';
import type { Asked, StepMetrics } from '../train/types';

/** The rail, in order of work. A job advances a project to a stage, doing only what is not done yet. */
export const STAGES = ['data', 'skills', 'student', 'diagnose', 'profile', 'adapt', 'train', 'compare'] as const;
export type Stage = (typeof STAGES)[number];

/** What a person who asks for it gives the tuner; by itself it takes two seconds at a time (gpu/tuner.ts). */
export const TUNE_BUDGET_MS = 20_000;

export type Command =
  /** Sent first: the page's address, to which the folders of shipped students are relative. */
  | { type: 'open'; baseUrl: string }
  /** Whether anything may leave this machine. */
  | { type: 'door'; door: Door }
  /** A key for a teacher's address, to be held in memory; without one it is forgotten. */
  | { type: 'key'; baseUrl: string; key?: string }
  /** Opens gated models of a hub; held in memory, and forgotten where it is absent. */
  | { type: 'hubToken'; token?: string }
  /** `retryFailed`: rows the teacher gave nothing usable for are asked about again. */
  | { type: 'advance'; projectId: string; to: Stage; retryFailed?: boolean }
  | { type: 'pause'; projectId: string }
  | { type: 'cancel'; projectId: string }
  | { type: 'describeAdapter'; requestId: string }
  | { type: 'selftest'; requestId: string }
  /** Where a step's time goes: a student as a project names it, and about how many tokens. */
  | { type: 'profileStep'; requestId: string; student: string; tokens: number }
  /** Times the kernels of matrix products for a student's shapes and those in use, and keeps the fastest for this adapter; with `rounding` also such as round what they multiply to 16 bits. */
  | { type: 'tune'; requestId: string; student: string; tokens: number; rounding: boolean }
  /** Forgets which kernels were fastest on this adapter. */
  | { type: 'forgetKernels'; requestId: string }
  /** How practice of one skill should help another: measured, and kept with the project. */
  | { type: 'align'; requestId: string; projectId: string }
  /** One row as a student sees it, token by token. `student` as a project names it. */
  | { type: 'preview'; requestId: string; student: string; question: string; answer: string }
  /** What a student is; a repository's files are fetched first. */
  | { type: 'openStudent'; requestId: string; student: string }
  /** Files a person brought are checked and kept; with `on`, as an adapter for that student. `title` names them meanwhile. */
  | { type: 'keepStudent'; requestId: string; title: string; files: readonly { name: string; file: Blob }[]; on?: string }
  /** Stops the fetching or copying of the student of this name or title. */
  | { type: 'stopStudent'; name: string }
  /** Removes a student's files from this browser. */
  | { type: 'forgetStudent'; requestId: string; student: string }
  /** One answer of each run, for trying them by hand. `runs` are run ids or `base`. */
  | { type: 'answer'; requestId: string; projectId: string; runs: readonly string[]; asked: Asked }
  /** What a run made, as files: into a folder a person chose, else as one zip file. */
  | {
      type: 'export'; requestId: string; projectId: string; run: string; kind: ExportKind; format?: WrittenFormat;
      folder?: FileSystemDirectoryHandle;
    }
  /** What training a project as it is given would take of the device; without one, what the known models would. */
  | { type: 'estimate'; requestId: string; project?: Project }
  /** Stops an answer or an export, or ends tuning with what is found. */
  | { type: 'stop'; requestId: string };

/** What training takes of the device. Bytes; `room` is what it gives, absent where it does not tell, as WebGPU does not. */
export interface Fit {
  estimate: MemoryEstimate;
  /** What the arms of reinforcement take: the student that is trained, the copy that writes its answers, and the one that stays. */
  reinforcing?: MemoryEstimate;
  room?: number;
  /** Where it does not fit: what to change so that it does, if anything. */
  instead?: string;
  /** Numbers that are trained, and the longest row of those measured, in tokens. */
  trained: number;
  longest: number;
}

/** The total for a model the page offers, or why it cannot be trained here. */
export interface KnownFit {
  total?: number;
  room?: number;
  error?: ErrorRecord;
}

/** A teacher at work: rows of the unit in flight, and the project's sums over all sessions. Money in US dollars, absent where no price is known. */
export interface TeacherProgress {
  recipient: string;
  rows: number;
  failed: number;
  /** Of this unit, replies that came from the ledger and cost nothing. */
  hits: number;
  tries: number;
  tokens: number;
  money?: number;
  /** For the rest of the stage, as the rows so far cost. */
  moneyLeft?: number;
}

/** What a job tells while it works. `secondsLeft` is of the whole stage. */
export type JobEvent =
  /** `unit` in plain words; counts are units of this stage. */
  | {
      type: 'progress'; projectId: string; stage: Stage; unit: string; done: number; total: number; secondsLeft?: number;
      teacher?: TeacherProgress;
    }
  | { type: 'stepFinished'; projectId: string; runId: string; steps: number; metrics: StepMetrics; tokensPerSecond: number; secondsLeft: number }
  | { type: 'advanced'; projectId: string; stage: Stage }
  /** The adapter was lost; it is opened again, and the job goes on from its last checkpoint. */
  | { type: 'deviceLost'; projectId: string; error: ErrorRecord };

export type Event =
  | JobEvent
  | { type: 'paused'; projectId: string }
  | { type: 'failed'; projectId: string; error: ErrorRecord }
  /** A teacher in this tab is being loaded: share done in [0, 1] and what is being done. */
  | { type: 'teacherLoading'; projectId: string; share: number; what: string }
  /** Files of a student are being fetched: bytes that are here, of how many. */
  | { type: 'studentLoading'; student: string; file: string; done: number; total: number }
  /** `kernelsKey`: the setting that holds its choice of kernels; absent where there is none to make. */
  | { type: 'adapterDescribed'; requestId: string; adapter?: AdapterReport; kernelsKey?: string; error?: ErrorRecord }
  | { type: 'selftestFinished'; requestId: string; rows: SelftestRow[]; error?: ErrorRecord }
  | { type: 'stepProfiled'; requestId: string; profile?: StepProfile; error?: ErrorRecord }
  | { type: 'tuned'; requestId: string; error?: ErrorRecord }
  | { type: 'kernelsForgotten'; requestId: string; error?: ErrorRecord }
  | { type: 'aligned'; requestId: string; error?: ErrorRecord }
  | { type: 'previewed'; requestId: string; preview?: Preview; error?: ErrorRecord }
  /** `student`: its name in projects. */
  | { type: 'studentOpened'; requestId: string; student?: string; facts?: StudentFacts; error?: ErrorRecord }
  | { type: 'studentForgotten'; requestId: string; error?: ErrorRecord }
  | { type: 'estimated'; requestId: string; fit?: Fit; known?: Record<string, KnownFit>; error?: ErrorRecord }
  /** What a run has written so far. */
  | { type: 'answering'; requestId: string; run: string; text: string }
  | { type: 'answered'; requestId: string; texts: string[]; error?: ErrorRecord }
  /** Bytes of a file that are written. */
  | { type: 'exporting'; requestId: string; file: string; bytes: number }
  | { type: 'exported'; requestId: string; files: { name: string; bytes: number }[]; zip?: Blob; error?: ErrorRecord };
