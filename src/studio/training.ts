/** Trains one run in slices, each ending in a checkpoint from which it goes on to the same bits. */
import { StudioError } from '../core/errors';
import type { Engine } from '../gpu/device';
import { paramsOf } from '../model/tensorSource';
import { rowOf } from '../stat/arms';
import { keptPath } from '../store/blobPath';
import { trainingSetKey } from '../stat/variants';
import type { RunRow } from '../store/types';
import { encodeExample } from '../train/example';
import { Trainer } from '../train/trainer';
import type { StepMetrics } from '../train/types';
import { anchorsEach, storedAnchors } from './anchors';
import type { Job } from './job';
import { presentedOrder } from './presented';
import { openReinforcer, type Reinforcer } from './reinforcing';
import { dropMetricsAfter, keepSlice, markTraining, readCheckpoint, runRow, tellStep } from './runState';
import { startOf } from './startOf';
import { checkpointPath } from './students';
import { isTrainedKept, keepTrained, studentToTrain, trainedFile } from './tuning';

/** On a slow adapter a slice takes longer than this: a checkpoint is kept in between. */
const CHECKPOINT_MS = 20_000;

/** Trains on to step `until`, keeping a checkpoint there, every 20 seconds, and when the job is stopped. */
export async function trainUntil(job: Job, runId: string, until: number): Promise<void> {
  const { signal } = job.deps;
  const trainer = await job.hold(`training of ${runId}`, (engine) => openTrainer(job, runId, engine));
  await markTraining(job, runId);
  const run = await runRow(job, runId);
  do {
    const steps: StepMetrics[] = [];
    const onStep = (metrics: StepMetrics) => {
      steps.push(metrics);
      tellStep(job, run, metrics, until);
    };
    if (trainer.step < until) await trainer.run(until, onStep, AbortSignal.any([signal, AbortSignal.timeout(CHECKPOINT_MS)]));
    await keepSlice(job, runId, await trainer.checkpoint(), steps, trainer);
    signal.throwIfAborted();
  } while (trainer.step < until);
}

/** Stores what a run trained in place of its checkpoint. */
export async function saveWeights(job: Job, runId: string): Promise<void> {
  const { store } = job;
  // There already when a first try was cut off behind this write; the checkpoint may then be gone.
  const run = await runRow(job, runId);
  if (run.pieces) await keepBest(job, run);
  else if (!(await isTrainedKept(store, runId))) {
    const open = run.kind === 'grpo' ? openReinforcer : openTrainer;
    const trainer = await job.hold<Trainer | Reinforcer>(`training of ${runId}`, (engine) => open(job, runId, engine));
    const student = await studentToTrain(job, run);
    await keepTrained(store, runId, student, await trainedFile(student, await trainer.params()));
  }
  await store.removeBlob(checkpointPath(runId));
  await store.put('runs', [{ ...(await runRow(job, runId)), status: 'evaluating', error: undefined, device: (await job.engine()).report.description }]);
}

/** What a watched run kept; where it kept nothing, the student as it was before. */
async function keepBest(job: Job, run: RunRow): Promise<void> {
  const { store } = job;
  const best = run.kept ? await store.readBlob(keptPath(run.id)) : undefined;
  if (best || !(await isTrainedKept(store, run.id))) {
    const student = await studentToTrain(job, run);
    await keepTrained(store, run.id, student, best ?? (await trainedFile(student, student.adapter?.params ?? (await paramsOf(student.params)))));
  }
  await store.removeBlob(keptPath(run.id));
}

export async function openTrainer(job: Job, runId: string, engine: Engine): Promise<Trainer> {
  const { project, store } = job;
  const run = await runRow(job, runId);
  const arm = project.arms.find(({ name }) => name === run.arm);
  const startId = await startOf(job, arm?.from);
  const student = await studentToTrain(job, run);
  const set = await store.get('trainingSets', trainingSetKey(run));
  if (!set) {
    throw new StudioError('studio-no-training-set', `The training set of ${run.arm} is not stored any more.`, {
      remedy: 'Make a new project and build it again.',
    });
  }
  const pool = (await job.splits()).pool;
  const order = presentedOrder(project, set);
  // Only what will be seen is encoded, which of a large pool is a part.
  const seen = [...new Set(order)];
  const place = new Map(seen.map((position, i) => [position, i]));
  const examples = seen.map((position) => {
    const { question, answer } = rowOf(set, pool, set.rows[position]);
    return encodeExample(student, question, answer, set.weights[position]);
  });
  const batch = order.length / project.training.steps;
  const anchors = arm?.kl ? { rows: await storedAnchors(job, startId, student, engine), kl: arm.kl, each: anchorsEach(batch, arm.klShare) } : undefined;
  const options = { ...project.training, batch: batch - (anchors?.each ?? 0), learningRate: run.learningRate };
  const from = await readCheckpoint(job, runId);
  await dropMetricsAfter(job, runId, from?.step ?? 0);
  return Trainer.create(engine, student, options, examples, order.map((position) => place.get(position) ?? 0), from, anchors);
}
