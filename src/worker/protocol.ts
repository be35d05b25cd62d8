/**
 * What the page and the worker say to each other. Results go through the store, which the page watches;
 * messages carry only commands, progress and what is too quick to store.
 */
import type { ErrorRecord } from '../core/errors';
import type { StepMetrics } from '../train/types';

/** The rail, in order of work. A job advances a project to a stage, doing only what is not done yet. */
export const STAGES = ['data', 'skills', 'student', 'diagnose', 'profile', 'adapt', 'train', 'compare'] as const;
export type Stage = (typeof STAGES)[number];

export type Command =
  /** Sent first: the page's address, to which the folders of shipped students are relative. */
  | { type: 'open'; baseUrl: string }
  | { type: 'advance'; projectId: string; to: Stage }
  | { type: 'pause'; projectId: string }
  | { type: 'cancel'; projectId: string }
  | { type: 'describeAdapter'; requestId: string }
  | { type: 'selftest'; requestId: string }
  /** One answer, for trying a student by hand. `run` is a run id or `base`. */
  | { type: 'answer'; requestId: string; projectId: string; run: string; question: string };

export interface AdapterReport {
  description: string;
  vendor: string;
  architecture: string;
  /** A software adapter: right, but slow. */
  software: boolean;
  features: string[];
}

export interface SelftestRow {
  name: string;
  /** Largest |gpu − reference| / (|reference| + tiny) style error, see gpu/selftest. */
  error: number;
  limit: number;
  passed: boolean;
}

/** What a job tells while it works. `secondsLeft` is of the whole stage. */
export type JobEvent =
  /** `unit` in plain words; counts are units of this stage. */
  | { type: 'progress'; projectId: string; stage: Stage; unit: string; done: number; total: number; secondsLeft?: number }
  | { type: 'stepFinished'; projectId: string; runId: string; steps: number; metrics: StepMetrics; tokensPerSecond: number; secondsLeft: number }
  | { type: 'advanced'; projectId: string; stage: Stage }
  /** The adapter was lost; it is opened again, and the job goes on from its last checkpoint. */
  | { type: 'deviceLost'; projectId: string; error: ErrorRecord };

export type Event =
  | JobEvent
  | { type: 'paused'; projectId: string }
  | { type: 'failed'; projectId: string; error: ErrorRecord }
  | { type: 'adapterDescribed'; requestId: string; adapter?: AdapterReport; error?: ErrorRecord }
  | { type: 'selftestFinished'; requestId: string; rows: SelftestRow[]; error?: ErrorRecord }
  | { type: 'answered'; requestId: string; text: string; error?: ErrorRecord };
