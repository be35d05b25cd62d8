/** An arm that may forget only so much: its student is looked at on validation every few steps, and the best within the bound is kept. */
import { missingByProfile, standingOf, toKeep, within, type Standing } from '../stat/forgetting';
import { keptPath } from '../store/blobPath';
import type { RunRow } from '../store/types';
import { Generator } from '../train/generate';
import { loadGrader } from '../grade/graders';
import { answeredKeys, answerQuestions, answerUnits, storedResponses } from './answers';
import type { Job } from './job';
import { runRow } from './runState';
import { startOf } from './startOf';
import { openTrainer } from './training';
import { studentToTrain, trainedFile, withTrained } from './tuning';

/** Looks a run. */
const PIECES = 6;
/** Looks in a row beyond the bound after which a run ends: at the height of its rate a student is often beyond it, and comes back. */
const PATIENCE = 4;

/** Steps between two looks. */
export function stepsAPiece(steps: number): number {
  return Math.max(1, Math.ceil(steps / PIECES));
}

export function mayForget(job: Job, run: RunRow): number | undefined {
  return job.project.arms.find(({ name }) => name === run.arm)?.mayForget;
}

/** How the student that `runId` left stands on validation; its answers are stored. */
export async function standingOfRun(job: Job, runId: string): Promise<Standing> {
  for (const unit of await answerUnits(job, runId, 'validation', await answeredKeys(job))) if (!unit.done) await unit.run();
  const questions = await job.labelled('validation');
  return standingOf(questions, await storedResponses(job.store, job.project.id, runId, 'validation', questions), await missingOf(job));
}

/** Looks at a run after step `step`, where its checkpoint is, and keeps its student if it is the one to keep so far. */
export async function lookAt(job: Job, runId: string, step: number, bound: number): Promise<void> {
  const { project, store, deps } = job;
  const run = await runRow(job, runId);
  const arm = project.arms.find(({ name }) => name === run.arm);
  const start = await standingOfRun(job, await startOf(job, arm?.from));
  const trainer = await job.hold(`training of ${runId}`, (engine) => openTrainer(job, runId, engine));
  const params = await trainer.params();
  const begun = await studentToTrain(job, run);
  const weights = await trainedFile(begun, params);
  const student = await withTrained(begun, params, weights);
  const generator = await job.hold(`answers of ${runId} after ${step}`, (engine) => Generator.create(engine, student));
  const questions = await job.labelled('validation');
  const responses = await answerQuestions(generator, student, questions, await loadGrader(project.grader), project.generation, undefined, deps.signal);
  const piece = { step, ...standingOf(questions, responses, await missingOf(job)) };
  const pieces = [...(run.pieces ?? []).filter((one) => one.step < step), piece];
  const kept = keptPiece(pieces, start, bound);
  if (kept === piece) await store.writeBlob(keptPath(runId), weights);
  const stopped = pieces.length >= PATIENCE && pieces.slice(-PATIENCE).every((one) => !within(start, one, bound));
  await store.put('runs', [{ ...run, pieces, kept: kept?.step ?? 0, stopped: stopped || undefined }]);
}

/** Undefined where every piece forgot more than it may: then the student stays as it was. */
export function keptPiece<T extends Standing>(pieces: readonly T[], start: Standing, bound: number): T | undefined {
  const best = toKeep(pieces, start, bound);
  return best && within(start, best, bound) ? best : undefined;
}

async function missingOf({ project, store }: Job): Promise<string[]> {
  const row = await store.get('profiles', project.id);
  return row ? missingByProfile(row.profile) : [];
}
