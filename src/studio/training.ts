/** Trains one run in slices, each ending in a checkpoint from which it goes on to the same bits. */
import { StudioError } from '../core/errors';
import type { Engine } from '../gpu/device';
import { studentToFiles } from '../model/student';
import { paramsOf } from '../model/tensorSource';
import type { Params, Student } from '../model/types';
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
import { checkpointPath, paramsPath } from './students';

/** On a slow adapter a slice takes longer than this: a checkpoint is kept in between. */
const CHECKPOINT_MS = 20_000;

/** Trains on to step `until`, keeping a checkpoint there, every 20 seconds, and when the job is stopped. */
export async function trainUntil(job: Job, runId: string, until: number): Promise<void> {
  const { signal } = job.deps;
  const trainer = await job.hold(`training of ${runId}`, (engine) => openTrainer(job, runId, engine));
  await markTraining(job, runId);
  do {
    const steps: StepMetrics[] = [];
    const onStep = (metrics: StepMetrics) => {
      steps.push(metrics);
      tellStep(job, runId, metrics, until);
    };
    if (trainer.step < until) await trainer.run(until, onStep, AbortSignal.any([signal, AbortSignal.timeout(CHECKPOINT_MS)]));
    await keepSlice(job, runId, await trainer.checkpoint(), steps);
    signal.throwIfAborted();
  } while (trainer.step < until);
}

/** Stores a run's trained weights as a safetensors file, in place of the checkpoint. */
export async function saveWeights(job: Job, runId: string): Promise<void> {
  const { store } = job;
  // There already when a first try was cut off behind this write; the checkpoint may then be gone.
  const run = await runRow(job, runId);
  if (run.pieces) await keepBest(job, run);
  else if (!(await store.readBlob(paramsPath(runId)))) {
    const open = run.kind === 'grpo' ? openReinforcer : openTrainer;
    const trainer = await job.hold<Trainer | Reinforcer>(`training of ${runId}`, (engine) => open(job, runId, engine));
    await store.writeBlob(paramsPath(runId), await weightsFile(await job.student(), await trainer.params()));
  }
  await store.removeBlob(checkpointPath(runId));
  await store.put('runs', [{ ...(await runRow(job, runId)), status: 'evaluating', error: undefined }]);
}

/** What a watched run kept; where it kept nothing, the student it started from. */
async function keepBest(job: Job, run: RunRow): Promise<void> {
  const { store, project } = job;
  const best = run.kept ? await store.readBlob(keptPath(run.id)) : undefined;
  if (best) await store.writeBlob(paramsPath(run.id), best);
  else if (!(await store.readBlob(paramsPath(run.id)))) {
    const start = await job.trained(await startOf(job, project.arms.find(({ name }) => name === run.arm)?.from));
    await store.writeBlob(paramsPath(run.id), await weightsFile(await job.student(), await paramsOf(start.params)));
  }
  await store.removeBlob(keptPath(run.id));
}

/** @throws StudioError `studio-no-weights` */
export async function weightsFile(student: Student, params: Params): Promise<Uint8Array> {
  const weights = (await studentToFiles(student, params)).get('model.safetensors');
  if (weights) return weights;
  throw new StudioError('studio-no-weights', 'The trained student has no weights to save.', { where: student.name });
}

export async function openTrainer(job: Job, runId: string, engine: Engine): Promise<Trainer> {
  const { project, store } = job;
  const run = await runRow(job, runId);
  const arm = project.arms.find(({ name }) => name === run.arm);
  const startId = await startOf(job, arm?.from);
  const student = await job.trained(startId);
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
