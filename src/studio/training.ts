/** Trains one run in slices, each ending in a checkpoint from which it goes on to the same bits. */
import { now } from '../core/clock';
import { StudioError } from '../core/errors';
import type { Engine } from '../gpu/device';
import { studentToFiles } from '../model/student';
import type { Student } from '../model/types';
import type { RunRow } from '../store/types';
import { decodeCheckpoint, encodeCheckpoint } from '../train/checkpoint';
import { encodeExample } from '../train/example';
import { Trainer } from '../train/trainer';
import type { Checkpoint, StepMetrics } from '../train/types';
import type { Job } from './job';
import { presentedOrder } from './stages/adapt';
import { checkpointPath, paramsPath } from './students';

/** On a slow adapter a slice takes longer than this: a checkpoint is kept in between. */
const CHECKPOINT_MS = 20_000;

/** Trains on to step `until`, keeping a checkpoint there, every 20 seconds, and when the job is stopped. */
export async function trainUntil(job: Job, runId: string, until: number): Promise<void> {
  const { signal } = job.deps;
  const trainer = await job.trainer(runId, (engine, student) => openTrainer(job, runId, engine, student));
  const run = await runRow(job, runId);
  if (run.status !== 'training') {
    await job.store.put('runs', [{ ...run, status: 'training', startedAt: run.startedAt ?? now(), error: undefined }]);
  }
  do {
    const steps: StepMetrics[] = [];
    const onStep = (metrics: StepMetrics) => {
      steps.push(metrics);
      tellStep(job, runId, metrics, until);
    };
    if (trainer.step < until) await trainer.run(until, onStep, AbortSignal.any([signal, AbortSignal.timeout(CHECKPOINT_MS)]));
    await keep(job, runId, trainer, steps);
    signal.throwIfAborted();
  } while (trainer.step < until);
}

/** Stores the trained weights as a safetensors file, in place of the checkpoint. */
export async function saveWeights(job: Job, runId: string): Promise<void> {
  const { store } = job;
  // There already when a first try was cut off behind this write; the checkpoint may then be gone.
  if (!(await store.readBlob(paramsPath(runId)))) {
    const trainer = await job.trainer(runId, (engine, student) => openTrainer(job, runId, engine, student));
    const weights = (await studentToFiles(await job.student(), await trainer.params())).get('model.safetensors');
    if (!weights) throw new StudioError('studio-no-weights', 'The trained student has no weights to save.', { where: runId });
    await store.writeBlob(paramsPath(runId), weights);
  }
  await store.removeBlob(checkpointPath(runId));
  await store.put('runs', [{ ...(await runRow(job, runId)), status: 'evaluating', error: undefined }]);
}

async function openTrainer(job: Job, runId: string, engine: Engine, student: Student): Promise<Trainer> {
  const { project, store } = job;
  const run = await runRow(job, runId);
  const set = await store.get('trainingSets', `${project.id}/${run.arm}`);
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
    const { question, answer } = pool[set.rows[position]];
    return encodeExample(student, question, answer, set.weights[position]);
  });
  const options = { ...project.training, learningRate: run.learningRate };
  const from = await readCheckpoint(job, runId);
  await dropMetricsAfter(job, runId, from?.step ?? 0);
  return Trainer.create(engine, student, options, examples, order.map((position) => place.get(position) ?? 0), from);
}

/** The last checkpoint; one that cannot be read is as good as none, since training again gives the same bits. */
async function readCheckpoint(job: Job, runId: string): Promise<Checkpoint | undefined> {
  const bytes = await job.store.readBlob(checkpointPath(runId));
  try {
    return bytes && decodeCheckpoint(bytes);
  } catch (thrown) {
    if (thrown instanceof StudioError) return undefined;
    throw thrown;
  }
}

/** Metrics first, checkpoint second, row last: whatever is cut off is written again by the slice that follows. */
async function keep(job: Job, runId: string, trainer: Trainer, steps: StepMetrics[]): Promise<void> {
  const { project, store, deps } = job;
  if (steps.length > 0) {
    const key = `${runId}/${String(steps[0].step).padStart(8, '0')}`;
    await store.put('metrics', [{ key, runId, projectId: project.id, steps }]);
  }
  const checkpoint = await trainer.checkpoint();
  await store.writeBlob(checkpointPath(runId), encodeCheckpoint(checkpoint));
  const run = await runRow(job, runId);
  const status = deps.signal.aborted ? 'paused' : 'training';
  const { step, tokens } = checkpoint;
  await store.put('runs', [{ ...run, status, step, tokens }]);
}

async function dropMetricsAfter(job: Job, runId: string, step: number): Promise<void> {
  const rows = await job.store.where('metrics', 'runId', runId);
  await job.store.remove('metrics', rows.filter((row) => row.steps[0].step > step).map((row) => row.key));
}

async function runRow(job: Job, runId: string): Promise<RunRow> {
  const run = await job.store.get('runs', runId);
  if (run) return run;
  throw new StudioError('studio-no-run', 'The run is not stored any more.', { where: runId, remedy: 'Start again from the Adapt step.' });
}

/** Time left counts the whole stage: what this slice still has to do, and the units after it. */
function tellStep(job: Job, runId: string, metrics: StepMetrics, until: number): void {
  const { project, deps, left, pace } = job;
  pace.record({ kind: 'steps', size: 1 }, metrics.msPerStep);
  const secondsLeft = pace.secondsFor([{ kind: 'steps', size: until - metrics.step }, ...left.slice(1)]) ?? 0;
  const tokensPerSecond = metrics.tokens / (metrics.msPerStep / 1000);
  deps.onEvent({ type: 'stepFinished', projectId: project.id, runId, steps: project.training.steps, metrics, tokensPerSecond, secondsLeft });
}
