/** Stage 1: the splits. Rebuilt from the seed each time, so there is nothing to store; this checks that they can be. */
import type { Job } from '../job';
import type { Unit } from '../unit';

export async function planData(job: Job): Promise<Unit[]> {
  return [{
    key: 'splits', title: 'Drawing the questions', kind: 'splits', size: 1, done: false,
    async run() {
      await job.splits();
    },
  }];
}
