/** Stage 3: the student, loaded and checked. */
import type { Job } from '../job';
import type { Unit } from '../unit';

export async function planStudent(job: Job): Promise<Unit[]> {
  return [{ key: 'student', title: 'Loading the student', kind: 'student', size: 1, done: false, run: async () => void (await job.student()) }];
}
