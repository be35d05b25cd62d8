/** Stage 6: one training set an arm, and the runs to train on it. */
import { buildTrainingSet } from '../../stat/arms';
import { effectiveSampleSize } from '../../stat/select';
import type { ArmSpec, TrainingSet } from '../../stat/types';
import type { RunRow } from '../../store/types';
import { armContext, groundwork } from '../armContext';
import type { Job } from '../job';
import { presentedOrder, presentedWithin } from '../presented';
import { defaultReinforcement } from '../reinforcing';
import type { Unit } from '../unit';

export async function planAdapt(job: Job): Promise<Unit[]> {
  const built = new Set((await job.runs()).map((run) => run.arm));
  const arms = job.project.arms.filter((arm) => arm.kind !== 'base');
  return [...(await groundwork(job, arms)), ...arms.map((arm): Unit => ({
    key: `training-set/${arm.name}`, title: `Building the training set of ${arm.name}`, kind: 'training-set', size: 1,
    done: built.has(arm.name),
    run: () => (arm.kind === 'grpo' ? queueReinforcement(job, arm) : buildArm(job, arm)),
  }))];
}

/** Nothing is drawn beforehand: the run answers the whole pool, a batch at a time. */
async function queueReinforcement(job: Job, arm: ArmSpec): Promise<void> {
  const { project, store } = job;
  const { updates, questions, updatesEach } = { ...defaultReinforcement, ...arm.reinforcement };
  const pool = (await job.questions('pool')).length;
  const batches = Math.ceil(updates / updatesEach);
  await store.put('runs', ratesOf(arm).map((learningRate): RunRow => ({
    id: `${project.id}/${arm.name}@${learningRate}`, projectId: project.id, arm: arm.name, kind: arm.kind, learningRate, status: 'queued',
    step: 0, steps: batches * updatesEach, tokens: 0, effectiveSampleSize: Math.min(pool, questions * batches), chosen: ratesOf(arm).length === 1,
  })));
}

async function buildArm(job: Job, arm: ArmSpec): Promise<void> {
  const { project, store } = job;
  const { writing, cost, ...context } = await armContext(job, arm);
  const built: TrainingSet = { ...buildTrainingSet(arm, context), writing, cost };
  const set = project.equalTokens ? { ...built, presented: await presentedWithin(job, built, context.pool) } : built;
  const rates = ratesOf(arm);
  const size = presentedSize(set, presentedOrder(project, set));
  const runs = rates.map((learningRate): RunRow => ({
    id: `${project.id}/${arm.name}@${learningRate}`,
    projectId: project.id, arm: arm.name, kind: arm.kind, learningRate, status: 'queued', step: 0, steps: project.training.steps, tokens: 0,
    effectiveSampleSize: size, chosen: rates.length === 1,
  }));
  // The runs come last: they are what says that the arm is built.
  await store.put('trainingSets', [{ key: `${project.id}/${arm.name}`, projectId: project.id, arm: arm.name, ...set }]);
  await store.put('runs', runs);
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
