/** Stage 8: the untouched student and every chosen run answer the test and out-of-distribution questions. */
import { now } from '../../core/clock';
import { answeredKeys, answerUnits } from '../answers';
import type { Job } from '../job';
import { answering } from '../testSets';
import type { Unit } from '../unit';
import { inArmOrder } from './train';

export async function planCompare(job: Job): Promise<Unit[]> {
  const answered = await answeredKeys(job);
  const sets = await job.evaluationSets();
  const units: Unit[] = [];
  const answers = async (student: string) => {
    for (const set of sets) {
      units.push(...(await answerUnits(job, student, set, answered)));
      for (const sampling of answering(job.project, set).samplings) units.push(...(await answerUnits(job, student, set, answered, sampling)));
    }
  };
  await answers('base');
  for (const run of inArmOrder(job, await job.runs())) {
    if (run.chosen) await answers(run.id);
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
