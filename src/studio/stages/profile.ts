/** Stage 5: the teacher's verdict on every difficult question, and the Missing-Skill-Profile they add up to. */
import { difficultAnswers } from '../../stat/difficulty';
import { judgeRequests, profileFrom, type JudgeRequest } from '../../stat/profile';
import { editedMissing } from '../../stat/skillEdits';
import type { MissingSkills } from '../../stat/types';
import { validateJudgement } from '../../teacher/validate';
import { storedResponses } from '../answers';
import { askRows } from '../askRows';
import { refuseRetryAfterUse } from '../failedRows';
import type { Job } from '../job';
import { difficultyEvidence } from '../difficulty';
import { secondPassUnits } from '../secondPass';
import { skillEditsOf } from '../splits';
import type { Unit } from '../unit';

/** Many more than are asked at once, so that the last ones of a batch, which wait for each other, are few. */
const BATCH = 500;

export async function planProfile(job: Job): Promise<Unit[]> {
  const { project, store } = job;
  const questions = await job.labelled('validation');
  const responses = await storedResponses(store, project.id, 'base', 'validation', questions);
  const { samples } = difficultyEvidence(project, await store.where('responses', 'projectId', project.id));
  const difficult = difficultAnswers(project.difficulty ?? { kind: 'graded' }, responses, samples);
  const requests = judgeRequests(difficult, questions, responses, await job.skills());
  const kept = await store.get('profiles', project.id);
  const retried = job.deps.retryFailed ? kept?.failures ?? [] : [];
  const ended = new Set([...(kept?.judgements ?? []).map(({ questionId }) => questionId), ...(kept?.failures ?? []).map(({ row }) => row)]);
  for (const { row } of retried) ended.delete(row);
  const units: Unit[] = [];
  for (let start = 0; start < requests.length; start += BATCH) {
    const batch = requests.slice(start, start + BATCH);
    units.push({
      key: `judgements/${start}`,
      title: `Judging wrong answers ${start + 1} to ${start + batch.length} of ${requests.length}`,
      kind: 'judgements', size: batch.length, done: batch.every(({ questionId }) => ended.has(questionId)),
      run: () => judge(job, batch.filter(({ questionId }) => !ended.has(questionId))),
    });
  }
  // A student without a single wrong answer has a profile too: an empty one.
  units.push({ key: 'profile', title: 'Counting missing skills', kind: 'profile', size: 1, done: kept !== undefined && !job.deps.retryFailed, run: () => judge(job, []) });
  return project.secondPass ? [...units, ...(await secondPassUnits(job, requests))] : units;
}

/** Adds the verdicts of a batch to the profile, which grows as they come in. */
async function judge(job: Job, batch: JudgeRequest[]): Promise<void> {
  const { project, store } = job;
  const teacher = await job.teacher();
  const skills = await job.skills();
  const edits = await skillEditsOf(project, store);
  const kept = await store.get('profiles', project.id);
  const ids = new Set(batch.map(({ questionId }) => questionId));
  const again = (kept?.failures ?? []).filter(({ row }) => ids.has(row));
  if (again.length > 0) await refuseRetryAfterUse(store, project.id);
  const rows = batch.map((request) => ({ ...request, id: request.questionId }));
  const outcomes = await askRows(job, job.left[0].title, rows, async (asked, { id, question, response }): Promise<MissingSkills> => {
    const { judgedCorrect, missing, reason } = validateJudgement(await asked.judge({ question, response, skills, row: id }), skills);
    // The teacher keeps its own list; what a person made of it comes after.
    return { questionId: id, judgedCorrect, missing: editedMissing(missing, { id, question }, edits), reason };
  }, again);
  const verdicts = outcomes.flatMap((outcome) => ('value' in outcome ? [outcome.value] : []));
  const failed = outcomes.flatMap((outcome) => ('failure' in outcome ? [outcome.failure] : []));
  const judgements = [...kept?.judgements ?? [], ...verdicts];
  const failures = [...(kept?.failures ?? []).filter(({ row }) => !ids.has(row)), ...failed];
  const profile = profileFrom(judgements, await job.labelled('validation'));
  await store.put('profiles', [{
    ...kept, projectId: project.id, profile, judgements, teacher: teacher.name, failures: failures.length > 0 ? failures : undefined,
  }]);
}
