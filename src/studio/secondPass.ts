/** The teacher asked a second time about the same answers: how far it agrees with itself. Nothing is built on the second verdicts. */
import type { JudgeRequest } from '../stat/profile';
import { editedMissing } from '../stat/skillEdits';
import type { MissingSkills } from '../stat/types';
import { validateJudgement } from '../teacher/validate';
import { askRows } from './askRows';
import type { Job } from './job';
import { skillEditsOf } from './splits';
import type { Unit } from './unit';

const BATCH = 500;

/** A draw of its own, so that the reply is not the first one from the ledger. */
const DRAW = 1;

/** The units of the second pass over `requests`; a row that failed is not asked about again but with the other failed rows. */
export async function secondPassUnits(job: Job, requests: readonly JudgeRequest[]): Promise<Unit[]> {
  const kept = await job.store.get('profiles', job.project.id);
  const failed = job.deps.retryFailed ? [] : (kept?.secondFailures ?? []).map(({ row }) => row);
  const ended = new Set([...(kept?.second ?? []).map(({ questionId }) => questionId), ...failed]);
  const units: Unit[] = [];
  for (let start = 0; start < requests.length; start += BATCH) {
    const batch = requests.slice(start, start + BATCH);
    units.push({
      key: `second/${start}`, title: `Judging a second time ${start + 1} to ${start + batch.length} of ${requests.length}`, kind: 'judgements',
      size: batch.length, done: batch.every(({ questionId }) => ended.has(questionId)),
      run: () => judgeAgain(job, batch.filter(({ questionId }) => !ended.has(questionId))),
    });
  }
  return units;
}

async function judgeAgain(job: Job, batch: readonly JudgeRequest[]): Promise<void> {
  const { project, store } = job;
  const skills = await job.skills();
  const edits = await skillEditsOf(project, store);
  const kept = await store.get('profiles', project.id);
  if (!kept) return;
  const ids = new Set(batch.map(({ questionId }) => questionId));
  const again = (kept.secondFailures ?? []).filter(({ row }) => ids.has(row));
  const rows = batch.map((request) => ({ ...request, id: request.questionId }));
  const outcomes = await askRows(job, job.left[0].title, rows, async (asked, { id, question, response }): Promise<MissingSkills> => {
    const { judgedCorrect, missing, reason } = validateJudgement(await asked.judge({ question, response, skills, row: id, draw: DRAW }), skills);
    return { questionId: id, judgedCorrect, missing: editedMissing(missing, { id, question }, edits), reason };
  }, again);
  const failures = [...(kept.secondFailures ?? []).filter(({ row }) => !ids.has(row)), ...outcomes.flatMap((outcome) => ('failure' in outcome ? [outcome.failure] : []))];
  await store.put('profiles', [{
    ...kept, second: [...kept.second ?? [], ...outcomes.flatMap((outcome) => ('value' in outcome ? [outcome.value] : []))],
    secondFailures: failures.length > 0 ? failures : undefined,
  }]);
}
