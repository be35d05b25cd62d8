/** Stage 3: the student, and whether the questions fit into its context. */
import { encodePrompt } from '../../train/example';
import type { Job } from '../job';
import type { Unit } from '../unit';

export async function planStudent(job: Job): Promise<Unit[]> {
  return [{
    key: 'student', title: 'Loading the student', kind: 'student', size: 1, done: false,
    async run() {
      const student = await job.student();
      for (const { question } of await job.questions('validation')) encodePrompt(student, question);
    },
  }];
}
