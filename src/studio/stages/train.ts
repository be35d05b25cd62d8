/** Stage 7: every run trained, with checkpoints; where an arm has several learning rates, the best on validation is chosen. */
import { toKeep, type Standing } from '../../stat/forgetting';
import { startsLater } from '../../stat/variants';
import { blobPath } from '../../store/blobPath';
import type { RunRow } from '../../store/types';
import { answeredKeys, answerUnits } from '../answers';
import type { Job } from '../job';
import { reinforceUntil } from '../reinforcing';
import { roundUnits } from '../rounds';
import { startOf } from '../startOf';
import { saveWeights, trainUntil } from '../training';
import type { Unit } from '../unit';
import { lookAt, mayForget, standingOfRun, stepsAPiece } from '../watching';

const CHECKPOINT_STEPS = 25;

export async function planTrain(job: Job): Promise<Unit[]> {
  const runs = inArmOrder(job, await job.runs());
  const answered = await answeredKeys(job);
  const { arms } = job.project;
  const built = new Set((await job.store.where('trainingSets', 'projectId', job.project.id)).map((set) => set.arm));
  const later = arms.filter(startsLater);
  const after = new Set(later.map(({ name }) => name));
  const units = await armUnits(job, runs.filter((run) => run.kind !== 'grpo' && !after.has(run.arm)), answered);
  // What starts from another arm's student comes when that one is chosen; reinforcement last.
  for (const arm of later) {
    units.push(...(await roundUnits(job, arm, built)), ...(await armUnits(job, runs.filter((run) => run.arm === arm.name), answered)));
  }
  return [...units, ...(await armUnits(job, runs.filter((run) => run.kind === 'grpo'), answered))];
}

async function armUnits(job: Job, runs: RunRow[], answered: ReadonlySet<string>): Promise<Unit[]> {
  const units = runs.flatMap((run) => runUnits(job, run));
  for (const arm of new Set(runs.map((run) => run.arm))) {
    const rivals = runs.filter((run) => run.arm === arm);
    if (rivals.length === 1) continue;
    for (const run of rivals) units.push(...(await answerUnits(job, run.id, 'validation', answered)));
    units.push({
      key: `choose/${arm}`, title: `Choosing among the runs of ${arm}`, kind: 'choose', size: 1,
      done: rivals.some((run) => run.chosen),
      run: () => chooseRun(job, rivals),
    });
  }
  return units;
}

function runUnits(job: Job, run: RunRow): Unit[] {
  const trained = run.status === 'evaluating' || run.status === 'finished';
  /** A run may end while its later units already wait. */
  const unlessStopped = (work: () => Promise<void>) => async () => {
    if (!(await job.store.get('runs', run.id))?.stopped) await work();
  };
  const title = `Training ${run.arm} at ${run.learningRate}`;
  const units: Unit[] = [];
  const bound = run.kind === 'grpo' ? undefined : mayForget(job, run);
  const slice = bound === undefined ? CHECKPOINT_STEPS : stepsAPiece(run.steps);
  for (let start = 0; start < run.steps; start += slice) {
    const end = Math.min(start + slice, run.steps);
    units.push({
      key: blobPath('train', run.id, String(end)), title, kind: run.kind === 'grpo' ? 'updates' : 'steps', size: end - start, runId: run.id,
      done: trained || run.step >= end || run.stopped === true,
      run: unlessStopped(() => (run.kind === 'grpo' ? reinforceUntil : trainUntil)(job, run.id, end)),
    });
    if (bound !== undefined) {
      units.push({
        key: blobPath('look', run.id, String(end)), title: `Looking at what ${run.arm} still knows`, kind: 'look', size: 1, runId: run.id,
        done: trained || run.stopped === true || (run.pieces ?? []).some(({ step }) => step === end),
        run: unlessStopped(() => lookAt(job, run.id, end, bound)),
      });
    }
  }
  units.push({
    key: blobPath('weights', run.id), title: `Saving ${run.arm} at ${run.learningRate}`, kind: 'weights', size: 1, runId: run.id,
    done: trained,
    run: () => saveWeights(job, run.id),
  });
  return units;
}

/** The best on validation, of those that forgot no more than their arm may; of equals the smaller rate, which moves the student less. */
async function chooseRun(job: Job, runs: readonly RunRow[]): Promise<void> {
  const rivals: (RunRow & Standing)[] = [];
  for (const { id } of [...runs].sort((a, b) => a.learningRate - b.learningRate)) {
    const run = await job.store.get('runs', id);
    if (run) rivals.push({ ...run, ...(await standingOfRun(job, id)) });
  }
  const spec = job.project.arms.find(({ name }) => name === runs[0].arm);
  const best = toKeep(rivals, await standingOfRun(job, await startOf(job, spec?.from)), spec?.mayForget);
  await job.store.put('runs', rivals.map(({ accuracy, known, missing: _, ...run }): RunRow =>
    ({ ...run, validationAccuracy: accuracy, validationKnown: known, chosen: run.id === best?.id })));
}

export function inArmOrder(job: Job, runs: RunRow[]): RunRow[] {
  const place = new Map(job.project.arms.map((arm, i) => [arm.name, i]));
  const at = (run: RunRow) => place.get(run.arm) ?? place.size;
  return [...runs].sort((a, b) => at(a) - at(b) || b.learningRate - a.learningRate);
}
