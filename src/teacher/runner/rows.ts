/** Many rows through a teacher, several at once: each ends with what it was to become, or with the reason why not. */
import { elapsed, now } from '../../core/clock';
import { errorRecord } from '../../core/errors';
import { ofOneRow } from './retry';

/** A row without a result. It can be tried again. */
export interface RowFailure {
  /** The question's id. */
  row: string;
  code: string;
  message: string;
  /** Milliseconds since 1970. */
  at: number;
}

export type RowOutcome<Out> = { value: Out } | { failure: RowFailure };

export interface RowsOptions {
  rowsAtOnce: number;
  signal: AbortSignal;
  /** Rows that ended, and of these the failed ones; at most four times a second, and at the end. */
  onProgress?(ended: number, failed: number): void;
}

/** So many failures with no success between them are no longer the rows' own fault. */
const FAILURES_IN_A_ROW = 30;
const PROGRESS_MS = 250;

/**
 * The outcomes of `work` in the order of the rows. Rejects, once all work under way has ended, with the first error that is not of
 * one row alone (a wrong key, a budget, an abort), or when 30 rows in a row fail.
 */
export async function runRows<Row extends { id: string }, Out>(
  rows: readonly Row[], work: (row: Row) => Promise<Out>, { rowsAtOnce, signal, onProgress }: RowsOptions,
): Promise<RowOutcome<Out>[]> {
  const outcomes: RowOutcome<Out>[] = new Array(rows.length);
  let next = 0;
  let ended = 0;
  let failed = 0;
  let inARow = 0;
  let stopped: { thrown: unknown } | undefined;
  let told = elapsed();
  const worker = async () => {
    while (next < rows.length && !stopped) {
      const at = next++;
      try {
        signal.throwIfAborted();
        outcomes[at] = { value: await work(rows[at]) };
        inARow = 0;
      } catch (thrown) {
        inARow++;
        failed++;
        if (!ofOneRow(thrown) || inARow >= FAILURES_IN_A_ROW) stopped ??= { thrown };
        const { code, message } = errorRecord(thrown);
        outcomes[at] = { failure: { row: rows[at].id, code, message, at: now() } };
      }
      ended++;
      if (elapsed() - told >= PROGRESS_MS) {
        told = elapsed();
        onProgress?.(ended, failed);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(rowsAtOnce, rows.length) }, worker));
  if (stopped) throw stopped.thrown;
  onProgress?.(ended, failed);
  return outcomes;
}
