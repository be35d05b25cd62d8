/** From whose student an arm starts. */
import { StudioError } from '../core/errors';
import type { Job } from './job';

/** The run id, `base` for the untouched student. @param from an arm's name. @throws StudioError `studio-no-start` */
export async function startOf(job: Job, from: string | undefined): Promise<string> {
  if (from === undefined || from === 'base') return 'base';
  const run = (await job.runs()).find((one) => one.arm === from && one.chosen);
  if (run && (run.status === 'evaluating' || run.status === 'finished')) return run.id;
  throw new StudioError('studio-no-start', `There is no trained student of the arm "${from}" to start from.`, {
    remedy: 'Name an arm of this experiment that is trained, or leave it out to start from the untouched student.',
  });
}
