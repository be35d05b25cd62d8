/** The least of a job that is done, or lost, at once. */
import type { Paced } from './pace';

export interface Unit extends Paced {
  /** Unique in the project: `answers/base/test/256`. */
  key: string;
  /** In plain words, for progress. */
  title: string;
  /** Its result was stored when the stage was planned. */
  done: boolean;
  /** The run it belongs to, which is marked failed if the unit fails. */
  runId?: string;
  /** Stores the unit's result before it resolves. */
  run(): Promise<void>;
}
