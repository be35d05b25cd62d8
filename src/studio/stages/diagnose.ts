/** Stage 4: the untouched student answers the validation questions, and whatever else the rule of difficulty wants to know is found out. */
import { answeredKeys, answerUnits } from '../answers';
import type { Job } from '../job';
import { difficultySamplings } from '../difficulty';
import { scoreUnits } from '../scoring';
import type { Unit } from '../unit';

export async function planDiagnose(job: Job): Promise<Unit[]> {
  const answered = await answeredKeys(job);
  const units = await answerUnits(job, 'base', 'validation', answered);
  const rule = job.project.difficulty;
  for (const sampling of difficultySamplings(rule)) units.push(...(await answerUnits(job, 'base', 'validation', answered, sampling)));
  if (rule?.kind === 'process') units.push(...(await scoreUnits(job)));
  return units;
}
