/** Rows a teacher gave nothing usable for: which they are, and asking about them once more. */
import { StudioError } from '../core/errors';
import type { SetName, StudioStore } from '../store/types';
import type { LedgerEntry } from '../teacher/ledger/entry';
import type { RowFailure } from '../teacher/runner/rows';

export interface FailedRows {
  labels: (RowFailure & { set: SetName })[];
  judgements: RowFailure[];
}

export async function failedRows(store: StudioStore, projectId: string): Promise<FailedRows> {
  const labels = (await store.where('labels', 'projectId', projectId)).flatMap(({ set, failures = [] }) => failures.map((failure) => ({ ...failure, set })));
  return { labels, judgements: (await store.get('profiles', projectId))?.failures ?? [] };
}

/** What came back about these rows, by row, in the order it was asked; rows of equal text share what the first of them was asked. */
export async function callsAbout(store: StudioStore, projectId: string, task: LedgerEntry['task'], failures: readonly RowFailure[]): Promise<Map<string, LedgerEntry[]>> {
  const found = new Map(failures.map(({ row }): [string, LedgerEntry[]] => [row, []]));
  for (const call of await store.where('calls', 'projectId', projectId)) if (call.task === task) found.get(call.row ?? '')?.push(call);
  for (const calls of found.values()) calls.sort((a, b) => a.firstSentAt - b.firstSentAt);
  return found;
}

/** How many failed, by reason, the most frequent first. */
export function byReason(failures: readonly RowFailure[]): { code: string; message: string; count: number }[] {
  const counts = new Map<string, { code: string; message: string; count: number }>();
  for (const { code, message } of failures) {
    const known = counts.get(code);
    if (known) known.count++;
    else counts.set(code, { code, message, count: 1 });
  }
  return [...counts.values()].sort((a, b) => b.count - a.count);
}

/** Throws `studio-too-late` where something was already built on the rows as they are: it would no longer follow from them. */
export async function refuseRetryAfterUse(store: StudioStore, projectId: string): Promise<void> {
  const [set] = await store.where('trainingSets', 'projectId', projectId);
  if (!set) return;
  throw new StudioError('studio-too-late', 'Training sets were already built without these rows.', {
    kept: 'Nothing was asked and nothing changed.', remedy: 'Make a new project on the same data: it takes all replies there are from the ledger.',
  });
}
