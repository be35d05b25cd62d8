/** What each arm is built from: the pool and the profile for all, and what single arms need besides, measured once and kept. */
import { StudioError } from '../core/errors';
import { presentations, type ArmContext } from '../stat/arms';
import { oracleProfile } from '../stat/controls';
import type { ArmKind, ArmSpec, BuildingCost, WritingCounts } from '../stat/types';
import { answeredKeys, answerUnits, storedResponses } from './answers';
import { hardnessUnits, storedHardness } from './hardness';
import type { Job } from './job';
import { nearestUnits, storedNearest } from './nearest';
import type { Unit } from './unit';
import { writtenFor } from './writing';

/** The work that arms share or that is too long to be lost with them. */
export async function groundwork(job: Job, arms: readonly ArmSpec[]): Promise<Unit[]> {
  const has = (...kinds: ArmKind[]): boolean => arms.some(({ kind }) => kinds.includes(kind));
  return [
    ...(has('oracle') ? await answerUnits(job, 'base', 'oracle', await answeredKeys(job)) : []),
    ...(has('hard') ? await hardnessUnits(job) : []),
    ...(has('embed-sel', 'embed-syn') ? await nearestUnits(job, arms) : []),
  ];
}

/** @param diagnosis what to build from, in place of the project's own profile. Throws `studio-no-profile`, `studio-no-other`, and what asking a teacher throws. */
export async function armContext(
  job: Job, arm: ArmSpec, diagnosis?: Pick<ArmContext, 'profile' | 'judgements'>,
): Promise<ArmContext & { cost?: BuildingCost; writing?: WritingCounts }> {
  const { project, store } = job;
  const { profile, judgements } = diagnosis ?? (await job.profile());
  const context: ArmContext = { pool: await job.labelled('pool'), profile, judgements, presentations: presentations(project.training), seed: project.training.seed };
  switch (arm.kind) {
    case 'other-student':
      return { ...context, other: await otherProfile(job, arm) };
    case 'oracle': {
      const questions = await job.questions('oracle');
      const responses = await storedResponses(store, project.id, 'base', 'oracle', questions);
      return { ...context, oracle: oracleProfile(questions, responses), cost: { answered: responses.length } };
    }
    case 'hard': {
      const { losses, tokens } = await storedHardness(job);
      return { ...context, hardness: losses, cost: { scoredTokens: tokens } };
    }
    case 'embed-sel': {
      const { nearest, embedded } = await storedNearest(job, project.arms);
      return { ...context, nearest, cost: { embedded } };
    }
    case 'embed-syn': {
      const { nearest, embedded } = await storedNearest(job, project.arms);
      const { rows, writing, teacherReplies } = await writtenFor(job, arm, { ...context, nearest });
      return { ...context, written: rows, writing, cost: { embedded, teacherReplies } };
    }
    case 'stat-syn':
    case 'augment': {
      const { rows, writing, teacherReplies } = await writtenFor(job, arm, context);
      return { ...context, written: rows, writing, cost: { teacherReplies } };
    }
    default:
      return context;
  }
}

async function otherProfile({ project, store }: Job, arm: ArmSpec): Promise<ArmContext['other']> {
  const row = arm.other === undefined || arm.other === project.id ? undefined : await store.get('profiles', arm.other);
  if (row) return row;
  throw new StudioError('studio-no-other', `There is no profile of another student for the arm "${arm.name}".`, {
    where: arm.other, remedy: 'Diagnose another student of the same world first and name its project, or leave this arm out.',
  });
}
