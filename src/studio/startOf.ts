/** From whose student an arm starts. */
import { StudioError } from '../core/errors';
import type { Project, StudioStore } from '../store/types';

/** The run id, `base` for the untouched student. @param from an arm's name. @throws StudioError `studio-no-start` */
export async function startOf({ project, store }: { project: Project; store: StudioStore }, from: string | undefined): Promise<string> {
  if (from === undefined || from === 'base') return 'base';
  const run = (await store.where('runs', 'projectId', project.id)).find((one) => one.arm === from && one.chosen);
  if (run && (run.status === 'evaluating' || run.status === 'finished')) return run.id;
  throw new StudioError('studio-no-start', `There is no trained student of the arm "${from}" to start from.`, {
    remedy: 'Name an arm of this experiment that is trained, or leave it out to start from the untouched student.',
  });
}
