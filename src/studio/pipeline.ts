/**
 * Advances a project along the rail. Every stage is a list of units with a stored result each: what is stored is skipped,
 * so a job can be stopped or killed anywhere and goes on to the same bits, losing at most the unit in flight.
 */
import { elapsed, wait } from '../core/clock';
import { errorRecord } from '../core/errors';
import type { Project } from '../store/types';
import type { Stage } from '../worker/protocol';
import { Job, type Dependencies } from './job';
import { planAdapt } from './stages/adapt';
import { planCompare } from './stages/compare';
import { planData } from './stages/data';
import { planDiagnose } from './stages/diagnose';
import { planProfile } from './stages/profile';
import { planSkills } from './stages/skills';
import { planStudent } from './stages/student';
import { planTrain } from './stages/train';
import type { Unit } from './unit';

/** In order of work. A stage is planned when the one before is done, because its units may depend on what that found. */
const PLANS: Record<Stage, (job: Job) => Promise<Unit[]>> = {
  data: planData,
  skills: planSkills,
  student: planStudent,
  diagnose: planDiagnose,
  profile: planProfile,
  adapt: planAdapt,
  train: planTrain,
  compare: planCompare,
};

/** How long the news of a lost adapter may come after the call that failed for it. */
const LOSS_MS = 100;

/** How often one job comes back after its adapter was lost. */
const REOPENINGS = 3;

/**
 * Does what is not done yet, up to and including the stage `to`. A lost adapter is opened again, and the job goes on from its last
 * checkpoint. Rejects with `AbortError` when the signal aborts (the unit in flight is finished or dropped, all else is kept), with
 * `gpu-lost` when the adapter keeps getting lost, else with what went wrong.
 */
export async function advance(project: Project, to: Stage, deps: Dependencies): Promise<void> {
  for (let losses = 0; ; losses++) {
    try {
      return await advanceOnce(project, to, deps);
    } catch (thrown) {
      const error = errorRecord(thrown);
      if (error.code !== 'gpu-lost' || losses === REOPENINGS) throw thrown;
      deps.onEvent({ type: 'deviceLost', projectId: project.id, error });
    }
  }
}

async function advanceOnce(project: Project, to: Stage, deps: Dependencies): Promise<void> {
  const job = new Job(project, deps);
  try {
    for (const [stage, plan] of Object.entries(PLANS) as [Stage, (job: Job) => Promise<Unit[]>][]) {
      deps.signal.throwIfAborted();
      await doStage(job, stage, await plan(job));
      deps.onEvent({ type: 'advanced', projectId: project.id, stage });
      if (stage === to) return;
    }
  } finally {
    job.releaseGpu();
  }
}

async function doStage(job: Job, stage: Stage, units: Unit[]): Promise<void> {
  job.stage = stage;
  job.left = units.filter((unit) => !unit.done);
  job.done = units.length - job.left.length;
  while (job.left.length > 0) {
    // A turn of the loop, in which the word to stop is heard: a keeper that writes at once gives none.
    await wait(0);
    job.deps.signal.throwIfAborted();
    const [unit] = job.left;
    job.tell();
    const startedAt = elapsed();
    await doUnit(job, unit);
    job.pace.record(unit, elapsed() - startedAt);
    job.left.shift();
    job.done++;
  }
}

async function doUnit(job: Job, unit: Unit): Promise<void> {
  try {
    // Calls on a lost device may never settle.
    const loss = await Promise.race([unit.run(), job.loss()]);
    if (loss) throw loss;
  } catch (caught) {
    // Or they fail first, in words that do not say why.
    const thrown = await Promise.race([job.loss(), afterMoment(caught)]);
    const error = errorRecord(thrown);
    const row = unit.runId === undefined ? undefined : await job.store.get('runs', unit.runId);
    if (row && error.code !== 'cancelled' && error.code !== 'gpu-lost') {
      await job.store.put('runs', [{ ...row, status: 'failed', error }]);
    }
    throw thrown;
  }
}

function afterMoment<T>(value: T): Promise<T> {
  return new Promise((resolve) => setTimeout(() => resolve(value), LOSS_MS));
}
