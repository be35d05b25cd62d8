/** Stage 7: every run trained, with checkpoints; where an arm has several learning rates, the best on validation is chosen. */
import { blobPath } from '../../store/blobPath';
import type { RunRow } from '../../store/types';
import { answeredKeys, answerUnits, storedResponses } from '../answers';
import type { Job } from '../job';
import { reinforceUntil } from '../reinforcing';
import { saveWeights, trainUntil } from '../training';
import type { Unit } from '../unit';

const CHECKPOINT_STEPS = 25;

export async function planTrain(job: Job): Promise<Unit[]> {
  const runs = inArmOrder(job, await job.runs());
  const answered = await answeredKeys(job);
  const reinforced = (run: RunRow) => run.kind === 'grpo';
  // Reinforcement starts from what the others became, so it comes when they are chosen.
  const parts = [runs.filter((run) => !reinforced(run)), runs.filter(reinforced)];
  return (await Promise.all(parts.map((part) => armUnits(job, part, answered)))).flat();
}

async function armUnits(job: Job, runs: RunRow[], answered: ReadonlySet<string>): Promise<Unit[]> {
  const units = runs.flatMap((run) => runUnits(job, run));
  for (const arm of new Set(runs.map((run) => run.arm))) {
    const rivals = runs.filter((run) => run.arm === arm);
    if (rivals.length === 1) continue;
    for (const run of rivals) units.push(...(await answerUnits(job, run.id, 'validation', answered)));
    units.push({
      key: `choose/${arm}`, title: `Choosing the learning rate of ${arm}`, kind: 'choose', size: 1,
      done: rivals.some((run) => run.chosen),
      run: () => chooseRate(job, rivals.map((run) => run.id)),
    });
  }
  return units;
}

function runUnits(job: Job, run: RunRow): Unit[] {
  const trained = run.status === 'evaluating' || run.status === 'finished';
  const title = `Training ${run.arm} at ${run.learningRate}`;
  const units: Unit[] = [];
  for (let start = 0; start < run.steps; start += CHECKPOINT_STEPS) {
    const end = Math.min(start + CHECKPOINT_STEPS, run.steps);
    units.push({
      key: blobPath('train', run.id, String(end)), title, kind: run.kind === 'grpo' ? 'updates' : 'steps', size: end - start, runId: run.id,
      done: trained || run.step >= end,
      run: () => (run.kind === 'grpo' ? reinforceUntil : trainUntil)(job, run.id, end),
    });
  }
  units.push({
    key: blobPath('weights', run.id), title: `Saving ${run.arm} at ${run.learningRate}`, kind: 'weights', size: 1, runId: run.id,
    done: trained,
    run: () => saveWeights(job, run.id),
  });
  return units;
}

/** The best on validation; of equals the smaller rate, which moves the student less. */
async function chooseRate(job: Job, runIds: string[]): Promise<void> {
  const questions = await job.questions('validation');
  const rivals: RunRow[] = [];
  for (const runId of runIds) {
    const run = await job.store.get('runs', runId);
    if (!run) continue;
    const responses = await storedResponses(job.store, job.project.id, runId, 'validation', questions);
    const validationAccuracy = responses.filter((response) => response.correct).length / questions.length;
    rivals.push({ ...run, validationAccuracy });
  }
  const accuracy = (run: RunRow) => run.validationAccuracy ?? 0;
  const [best] = [...rivals].sort((a, b) => accuracy(b) - accuracy(a) || a.learningRate - b.learningRate);
  await job.store.put('runs', rivals.map((run) => ({ ...run, chosen: run === best })));
}

export function inArmOrder(job: Job, runs: RunRow[]): RunRow[] {
  const place = new Map(job.project.arms.map((arm, i) => [arm.name, i]));
  const at = (run: RunRow) => place.get(run.arm) ?? place.size;
  return [...runs].sort((a, b) => at(a) - at(b) || b.learningRate - a.learningRate);
}
