/** An experiment looked at on validation alone, to choose by: the test questions are neither answered nor read. */
import { worldById } from '../data/worlds';
import { missingByProfile, standingOf, type Standing } from '../stat/forgetting';
import type { Project, StudioStore } from '../store/types';
import { answeredKeys, answerUnits, storedResponses } from './answers';
import { Job, type Dependencies } from './job';

export interface ValidationRow extends Standing {
  arm: string;
  /** Absent for the untouched student. */
  learningRate?: number;
  replay?: number;
  chosen: boolean;
  tokens: number;
  /** Of what was read back, one list a piece where the arm watches what it forgets. */
  pieces?: (Standing & { step: number })[];
  kept?: number;
}

export interface ValidationReport {
  seed: number;
  /** Main skills called missing: planted in a world, else the upper part of the profile. */
  missingSkills: string[];
  rows: ValidationRow[];
}

/** Every run answers the validation questions. The project is trained. */
export async function answerValidation(project: Project, deps: Dependencies): Promise<void> {
  const job = new Job(project, deps);
  try {
    const answered = await answeredKeys(job);
    for (const run of await job.runs()) {
      for (const unit of await answerUnits(job, run.id, 'validation', answered)) {
        deps.signal.throwIfAborted();
        if (!unit.done) await unit.run();
      }
    }
  } finally {
    job.releaseGpu();
  }
}

/** @throws StudioError `studio-no-profile` */
export async function validationReport(store: StudioStore, project: Project, deps: Dependencies): Promise<ValidationReport> {
  const job = new Job(project, deps);
  const questions = await job.questions('validation');
  const { profile } = await job.profile();
  const { source } = project;
  const missingSkills = source.kind === 'world' ? worldById(source.world).plantedGaps(source.seed) : missingByProfile(profile);
  const standing = async (runId: string) => standingOf(questions, await storedResponses(store, project.id, runId, 'validation', questions), missingSkills);
  const rows: ValidationRow[] = [{ arm: 'base', chosen: true, tokens: 0, ...(await standing('base')) }];
  for (const { id, arm, learningRate, replay, chosen, tokens, pieces, kept } of await job.runs()) {
    rows.push({ arm, learningRate, replay, chosen, tokens, pieces, kept, ...(await standing(id)) });
  }
  return { seed: source.seed, missingSkills, rows };
}
