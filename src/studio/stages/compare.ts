/** Stage 8: the untouched student and every chosen run answer the test and out-of-distribution questions. */
import { now } from '../../core/clock';
import { answeredKeys, answerUnits } from '../answers';
import type { Job } from '../job';
import type { Unit } from '../unit';
import { inArmOrder } from './train';

export async function planCompare(job: Job): Promise<Unit[]> {
  const answered = await answeredKeys(job);
  const sets = await job.evaluationSets();
  const units: Unit[] = [];
  for (const set of sets) units.push(...(await answerUnits(job, 'base', set, answered)));
  for (const run of inArmOrder(job, await job.runs())) {
    if (run.chosen) for (const set of sets) units.push(...(await answerUnits(job, run.id, set, answered)));
    units.push({
      key: `finish/${run.id}`, title: `Finishing ${run.arm}`, kind: 'finish', size: 1, done: run.status === 'finished',
      async run() {
        const row = await job.store.get('runs', run.id);
        if (row) await job.store.put('runs', [{ ...row, status: 'finished', finishedAt: now() }]);
      },
    });
  }
  return units;
}
