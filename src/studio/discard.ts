/** Cancelling: what was begun and not finished goes, so that the next start trains it afresh. */
import type { Project, StudioStore } from '../store/types';
import { checkpointPath } from './students';
import { dropTrained } from './tuning';

/** Drops checkpoints and metrics of unfinished runs. Finished runs, labels, answers and the profile stay. */
export async function discardUnfinished(store: StudioStore, project: Project): Promise<void> {
  for (const run of await store.where('runs', 'projectId', project.id)) {
    if (run.status === 'finished' || run.status === 'evaluating') continue;
    const metrics = await store.where('metrics', 'runId', run.id);
    await store.remove('metrics', metrics.map((row) => row.key));
    await store.removeBlob(checkpointPath(run.id));
    await dropTrained(store, run.id);
    await store.put('runs', [{ ...run, status: 'queued', step: 0, tokens: 0, startedAt: undefined, error: undefined }]);
  }
}
