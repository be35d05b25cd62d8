/** Stage 5: the teacher's verdict on every difficult question, and the Missing-Skill-Profile they add up to. */
import { difficultQuestions } from '../../stat/difficulty';
import { judgeRequests, profileFrom, type JudgeRequest } from '../../stat/profile';
import type { MissingSkills } from '../../stat/types';
import { validateJudgement } from '../../teacher/validate';
import { storedResponses } from '../answers';
import type { Job } from '../job';
import type { Unit } from '../unit';

const BATCH = 50;

export async function planProfile(job: Job): Promise<Unit[]> {
  const { project, store } = job;
  const questions = await job.labelled('validation');
  const responses = await storedResponses(store, project.id, 'base', 'validation', questions);
  const requests = judgeRequests(difficultQuestions(responses), questions, responses, await job.skills());
  const kept = await store.get('profiles', project.id);
  const judged = new Set(kept?.judgements.map((judgement) => judgement.questionId));
  const units: Unit[] = [];
  for (let start = 0; start < requests.length; start += BATCH) {
    const batch = requests.slice(start, start + BATCH);
    units.push({
      key: `judgements/${start}`,
      title: `Judging wrong answers ${start + 1} to ${start + batch.length} of ${requests.length}`,
      kind: 'judgements', size: batch.length, done: batch.every(({ questionId }) => judged.has(questionId)),
      run: () => judge(job, batch),
    });
  }
  // A student without a single wrong answer has a profile too: an empty one.
  units.push({ key: 'profile', title: 'Counting missing skills', kind: 'profile', size: 1, done: kept !== undefined, run: () => judge(job, []) });
  return units;
}

/** Adds the verdicts of a batch to the profile, which grows as they come in. */
async function judge(job: Job, batch: JudgeRequest[]): Promise<void> {
  const { project, store } = job;
  const teacher = await job.teacher();
  const skills = await job.skills();
  const verdicts: MissingSkills[] = [];
  for (const { questionId, question, response } of batch) {
    job.deps.signal.throwIfAborted();
    const { judgedCorrect, missing, reason } = validateJudgement(await teacher.judge({ question, response, skills }), skills);
    verdicts.push({ questionId, judgedCorrect, missing, reason });
  }
  const kept = await store.get('profiles', project.id);
  const judgements = [...(kept?.judgements ?? []), ...verdicts];
  const profile = profileFrom(judgements, await job.labelled('validation'));
  await store.put('profiles', [{ ...kept, projectId: project.id, profile, judgements, teacher: teacher.name }]);
}
