/** Rows a teacher gave nothing usable for: which they are, and asking about them once more. */
import { StudioError } from '../core/errors';
import type { SetName, StudioStore } from '../store/types';
import type { RowFailure } from '../teacher/runner/rows';

export interface FailedRows {
  labels: (RowFailure & { set: SetName })[];
  judgements: RowFailure[];
}

export async function failedRows(store: StudioStore, projectId: string): Promise<FailedRows> {
  const labels = (await store.where('labels', 'projectId', projectId)).flatMap(({ set, failures = [] }) => failures.map((failure) => ({ ...failure, set })));
  return { labels, judgements: (await store.get('profiles', projectId))?.failures ?? [] };
}

/** Throws `studio-too-late` where something was already built on the rows as they are: it would no longer follow from them. */
export async function refuseRetryAfterUse(store: StudioStore, projectId: string): Promise<void> {
  const [set] = await store.where('trainingSets', 'projectId', projectId);
  if (!set) return;
  throw new StudioError('studio-too-late', 'Training sets were already built without these rows.', {
    kept: 'Nothing was asked and nothing changed.', remedy: 'Make a new project on the same data: it takes all replies there are from the ledger.',
  });
}
