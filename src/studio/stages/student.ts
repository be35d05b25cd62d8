/** Stage 3: the student, loaded, and whether it has the layers that the arms want to adapt. */
import { adaptedWeights } from '../../model/adapter';
import { loraOf } from '../tuning';
import type { Job } from '../job';
import type { Unit } from '../unit';

export async function planStudent(job: Job): Promise<Unit[]> {
  return [{ key: 'student', title: 'Loading the student', kind: 'student', size: 1, done: false, run: () => checkStudent(job) }];
}

/** @throws StudioError `adapter-unknown-target`, and whatever is wrong with the student's files. */
async function checkStudent(job: Job): Promise<void> {
  const { config } = await job.student();
  for (const { name } of job.project.arms) {
    const lora = loraOf(job.project, name);
    if (lora) adaptedWeights(config, lora);
  }
}
