/** The steps of the untouched student's answers scored one by one, by the teacher or by a reward model; kept with each answer. */
import { StudioError } from '../core/errors';
import type { Question } from '../data/types';
import { scoreRequests } from '../stat/difficulty';
import type { ResponseRow } from '../store/types';
import type { WorkingTeacher } from '../teacher/runner/caller';
import { storedResponses } from './answers';
import { askRows } from './askRows';
import { refuseRetryAfterUse } from './failedRows';
import type { Job } from './job';
import { wantsScores } from './difficulty';
import type { Unit } from './unit';

const BATCH = 200;

/** The units that score the validation answers; those that are there already are looked at for what is done. */
export async function scoreUnits(job: Job): Promise<Unit[]> {
  const questions = await job.questions('validation');
  const answers = new Map((await validationAnswers(job, questions)).map((row) => [row.questionId, row]));
  const units: Unit[] = [];
  for (let start = 0; start < questions.length; start += BATCH) {
    const batch = questions.slice(start, start + BATCH);
    units.push({
      key: `scores/${start}`, title: `Scoring the steps of answers ${start + 1} to ${start + batch.length} of ${questions.length}`,
      kind: 'scores', size: batch.length,
      done: batch.every(({ id }) => {
        const row = answers.get(id);
        return row !== undefined && !wantsScores(row, job.deps.retryFailed);
      }),
      run: () => scoreBatch(job, batch),
    });
  }
  return units;
}

async function scoreBatch(job: Job, batch: Question[]): Promise<void> {
  const rows = (await validationAnswers(job, batch)).filter((row) => wantsScores(row, job.deps.retryFailed));
  const again = rows.flatMap(({ scoreFailure }) => scoreFailure ?? []);
  if (again.length > 0) await refuseRetryAfterUse(job.store, job.project.id);
  const teacher = await job.teacher();
  const scorer: WorkingTeacher = teacher.scorer ?? teacher;
  const { score } = scorer;
  if (!score) {
    throw new StudioError('studio-no-scorer', `The teacher "${scorer.name}" cannot score the steps of an answer.`, {
      kept: 'The answers are kept.', remedy: 'Connect a language model as teacher, name a reward model, or tell difficult questions by another rule.',
    });
  }
  const requests = scoreRequests(batch, rows).map((request) => ({ ...request, id: request.row }));
  const outcomes = await askRows(job, job.left[0].title, requests, async (_, { id: row, question, steps }) => (await score({ row, question, steps })).scores, again, scorer);
  const ended = new Map(requests.map(({ id }, i) => [id, outcomes[i]]));
  await job.store.put('responses', rows.map(({ scoreFailure: _, ...row }): ResponseRow => {
    const outcome = ended.get(row.questionId);
    if (!outcome) return row;
    return 'value' in outcome ? { ...row, stepScores: outcome.value } : { ...row, scoreFailure: outcome.failure };
  }));
}

function validationAnswers(job: Job, questions: readonly Question[]): Promise<ResponseRow[]> {
  return storedResponses(job.store, job.project.id, 'base', 'validation', questions);
}
