/** How a run stands in the store: its row, its checkpoint, its log, and what is told of it. Written in an order that may be cut anywhere. */
import { now } from '../core/clock';
import { StudioError } from '../core/errors';
import type { RunRow } from '../store/types';
import { decodeCheckpoint, encodeCheckpoint } from '../train/checkpoint';
import type { MemoryEstimate } from '../train/memory';
import type { Checkpoint, StepMetrics } from '../train/types';
import type { Job } from './job';
import { checkpointPath } from './students';

/** The last checkpoint; one that cannot be read is as good as none, since training again gives the same bits. */
export async function readCheckpoint(job: Job, runId: string): Promise<Checkpoint | undefined> {
  const bytes = await job.store.readBlob(checkpointPath(runId));
  try {
    return bytes && decodeCheckpoint(bytes);
  } catch (thrown) {
    if (thrown instanceof StudioError) return undefined;
    throw thrown;
  }
}

/** What a run is trained by: what it was to hold of the device, and the most it has. */
interface Trained {
  estimate: MemoryEstimate;
  held(): number;
}

/** Metrics first, checkpoint second, row last: whatever is cut off is written again by the slice that follows. */
export async function keepSlice(job: Job, runId: string, checkpoint: Checkpoint, steps: StepMetrics[], trainer: Trained): Promise<void> {
  const { project, store, deps } = job;
  if (steps.length > 0) {
    const key = `${runId}/${String(steps[0].step).padStart(8, '0')}`;
    await store.put('metrics', [{ key, runId, projectId: project.id, steps }]);
  }
  await store.writeBlob(checkpointPath(runId), encodeCheckpoint(checkpoint));
  const run = await runRow(job, runId);
  const status = deps.signal.aborted ? 'paused' : 'training';
  const { step, tokens } = checkpoint;
  // Later slices would count other work with it.
  const memory = run.memory ?? { planned: trainer.estimate.total, held: trainer.held() };
  await store.put('runs', [{ ...run, status, step, tokens, memory }]);
}

export async function dropMetricsAfter(job: Job, runId: string, step: number): Promise<void> {
  const rows = await job.store.where('metrics', 'runId', runId);
  await job.store.remove('metrics', rows.filter((row) => row.steps[0].step > step).map((row) => row.key));
}

/** Says that a run has begun, unless it says so already. */
export async function markTraining(job: Job, runId: string): Promise<void> {
  const run = await runRow(job, runId);
  if (run.status === 'training') return;
  await job.store.put('runs', [{ ...run, status: 'training', startedAt: run.startedAt ?? now(), error: undefined }]);
}

export async function runRow(job: Job, runId: string): Promise<RunRow> {
  const run = await job.store.get('runs', runId);
  if (run) return run;
  throw new StudioError('studio-no-run', 'The run is not stored any more.', { where: runId, remedy: 'Start again from the Adapt step.' });
}

/** Time left counts the whole stage: what this slice still has to do, and the units after it. */
export function tellStep(job: Job, { id: runId, steps }: RunRow, metrics: StepMetrics, until: number): void {
  const { project, deps, left, pace } = job;
  const { kind } = left[0];
  pace.record({ kind, size: 1 }, metrics.msPerStep);
  const secondsLeft = pace.secondsFor([{ kind, size: until - metrics.step }, ...left.slice(1)]) ?? 0;
  const tokensPerSecond = metrics.tokens / (metrics.msPerStep / 1000);
  deps.onEvent({ type: 'stepFinished', projectId: project.id, runId, steps, metrics, tokensPerSecond, secondsLeft });
}
