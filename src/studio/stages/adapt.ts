/** Stage 6: one training set an arm, and the runs to train on it. */
import { buildTrainingSet } from '../../stat/arms';
import { defaultReinforcement } from '../../stat/reinforcement';
import { effectiveSampleSize } from '../../stat/select';
import type { ArmSpec, TrainingSet } from '../../stat/types';
import { startsLater, trainingSetKey, variantName, variantsOf } from '../../stat/variants';
import type { RunRow, TrainingSetRow } from '../../store/types';
import { armContext, groundwork } from '../armContext';
import type { Job } from '../job';
import { presentedOrder, presentedWithin } from '../presented';
import { askedQuestions } from '../reinforcing';
import { graderOf } from '../secondOpinion';
import type { Unit } from '../unit';

export async function planAdapt(job: Job): Promise<Unit[]> {
  const built = new Set((await job.runs()).map((run) => run.arm));
  const arms = job.project.arms.filter((arm) => arm.kind !== 'base');
  return [...(await groundwork(job, arms)), ...arms.map((arm): Unit => ({
    key: `training-set/${arm.name}`, title: `Building the training set of ${arm.name}`, kind: 'training-set', size: 1,
    done: built.has(arm.name),
    run: () => (arm.kind === 'grpo' ? queueReinforcement(job, arm) : startsLater(arm) ? queueRound(job, arm) : buildArm(job, arm)),
  }))];
}

/** Nothing is drawn beforehand: the run answers its questions a batch at a time. */
async function queueReinforcement(job: Job, arm: ArmSpec): Promise<void> {
  const { project, store } = job;
  const { updates, questions, updatesEach, ask, gradedBy } = { ...defaultReinforcement, ...arm.reinforcement };
  if (gradedBy === 'teacher') graderOf(await job.teacher());
  const asked = (await askedQuestions(job, arm.name, ask)).length;
  const batches = Math.ceil(updates / updatesEach);
  await store.put('runs', ratesOf(arm).map((learningRate): RunRow => ({
    id: `${project.id}/${arm.name}@${learningRate}`, projectId: project.id, arm: arm.name, kind: arm.kind, learningRate, status: 'queued',
    step: 0, steps: batches * updatesEach, tokens: 0, effectiveSampleSize: Math.min(asked, questions * batches), chosen: ratesOf(arm).length === 1,
  })));
}

/** The runs of an arm that is built during training (stages/rounds.ts). */
async function queueRound(job: Job, arm: ArmSpec): Promise<void> {
  await job.store.put('runs', variantsOf(arm).flatMap((variant) => runsOf(job, variant)));
}

/** The training set of each share of ordinary rows, then the runs: they are what says that the arm is built. */
export async function buildArm(job: Job, arm: ArmSpec, diagnosis?: TrainingSetRow['diagnosis']): Promise<void> {
  const { project, store } = job;
  const { writing, cost, ...context } = await armContext(job, arm, diagnosis);
  const runs: RunRow[] = [];
  for (const variant of variantsOf(arm)) {
    const built: TrainingSet = { ...buildTrainingSet(variant, context), writing, cost };
    const set = project.equalTokens ? { ...built, presented: await presentedWithin(job, built, context.pool) } : built;
    const size = presentedSize(set, presentedOrder(project, set));
    const mine = runsOf(job, variant).map((run) => ({ ...run, effectiveSampleSize: size }));
    await store.put('trainingSets', [{ key: trainingSetKey(mine[0]), projectId: project.id, arm: arm.name, ...set, diagnosis }]);
    runs.push(...mine);
  }
  await store.put('runs', runs);
}

function runsOf({ project }: Job, variant: ArmSpec): RunRow[] {
  const replay = variant.replays?.length ? variant.replay : undefined;
  const only = ratesOf(variant).length === 1 && new Set(variant.replays ?? [0]).size === 1;
  return ratesOf(variant).map((learningRate) => ({
    id: `${project.id}/${variantName(variant.name, replay)}@${learningRate}`, projectId: project.id, arm: variant.name, kind: variant.kind,
    learningRate, replay, status: 'queued', step: 0, steps: project.training.steps, tokens: 0, effectiveSampleSize: 0, chosen: only,
  }));
}

function ratesOf(arm: ArmSpec): number[] {
  return arm.learningRates?.length ? [...new Set(arm.learningRates)] : [arm.learningRate];
}

/** How many different rows, all of one weight, would carry as much as those presented. */
function presentedSize(set: TrainingSet, order: number[]): number {
  const weightOf = new Map<number, number>();
  for (const position of order) {
    const row = set.rows[position];
    weightOf.set(row, (weightOf.get(row) ?? 0) + set.weights[position]);
  }
  return effectiveSampleSize([...weightOf.values()]);
}
