/** Stage 4: the untouched student answers the validation questions. */
import { answeredKeys, answerUnits } from '../answers';
import type { Job } from '../job';
import type { Unit } from '../unit';

export async function planDiagnose(job: Job): Promise<Unit[]> {
  return answerUnits(job, 'base', 'validation', await answeredKeys(job));
}
