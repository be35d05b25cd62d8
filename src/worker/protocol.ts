/**
 * What the page and the worker say to each other. Results go through the store, which the page watches;
 * messages carry only commands, progress and what is too quick to store.
 */
import type { ErrorRecord } from '../core/errors';
import type { JobEvent, Stage } from '../studio/events';

export { STAGES, type Stage } from '../studio/events';

export type Command =
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

export type Event =
  | JobEvent
  | { type: 'paused'; projectId: string }
  | { type: 'failed'; projectId: string; error: ErrorRecord }
  | { type: 'deviceLost'; projectId: string; error: ErrorRecord }
  | { type: 'adapterDescribed'; requestId: string; adapter?: AdapterReport; error?: ErrorRecord }
  | { type: 'selftestFinished'; requestId: string; rows: SelftestRow[]; error?: ErrorRecord }
  | { type: 'answered'; requestId: string; text: string; error?: ErrorRecord };
