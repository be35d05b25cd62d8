/** A round: the student another arm made is diagnosed anew, and the next arm's set is built from what that student misses. */
import { difficultQuestions } from '../stat/difficulty';
import { judgeRequests, profileFrom } from '../stat/profile';
import { editedMissing } from '../stat/skillEdits';
import type { ArmSpec, MissingSkills } from '../stat/types';
import { validateJudgement } from '../teacher/validate';
import { answeredKeys, answerUnits, storedResponses } from './answers';
import { askRows } from './askRows';
import type { Job } from './job';
import { skillEditsOf } from './splits';
import { buildArm } from './stages/adapt';
import { startOf } from './startOf';
import type { Unit } from './unit';

/** What comes before an arm that starts from another's student is trained. @param built names of the arms whose sets are stored. */
export async function roundUnits(job: Job, arm: ArmSpec, built: ReadonlySet<string>): Promise<Unit[]> {
  const done = built.has(arm.name);
  const size = (await job.questions('validation')).length;
  return [
    { key: `round/${arm.name}/answers`, title: `The student of ${arm.from} answers validation questions`, kind: 'answers', size, done, run: () => answerAgain(job, arm) },
    { key: `round/${arm.name}/set`, title: `Building the training set of ${arm.name}`, kind: 'training-set', size: 1, done, run: () => buildRound(job, arm) },
  ];
}

/** Every batch of answers is stored as it comes. */
async function answerAgain(job: Job, arm: ArmSpec): Promise<void> {
  for (const unit of await answerUnits(job, await startOf(job, arm.from), 'validation', await answeredKeys(job))) {
    job.deps.signal.throwIfAborted();
    if (!unit.done) await unit.run();
  }
}

/** Replies of the teacher are safe in the ledger as they come. */
async function buildRound(job: Job, arm: ArmSpec): Promise<void> {
  const { project, store } = job;
  const questions = await job.labelled('validation');
  const responses = await storedResponses(store, project.id, await startOf(job, arm.from), 'validation', questions);
  const skills = await job.skills();
  const edits = await skillEditsOf(project, store);
  const requests = judgeRequests(difficultQuestions(responses), questions, responses, skills).map((request) => ({ ...request, id: request.questionId }));
  const outcomes = await askRows(job, `Judging what the student of ${arm.from} got wrong`, requests, async (teacher, { id, question, response }): Promise<MissingSkills> => {
    const { judgedCorrect, missing, reason } = validateJudgement(await teacher.judge({ question, response, skills, row: id }), skills);
    return { questionId: id, judgedCorrect, missing: editedMissing(missing, { id, question }, edits), reason };
  });
  const judgements = outcomes.flatMap((outcome) => ('value' in outcome ? [outcome.value] : []));
  await buildArm(job, arm, { profile: profileFrom(judgements, questions), judgements });
}
