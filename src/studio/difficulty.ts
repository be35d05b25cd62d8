/** Which validation answers a project's rule of difficulty reads, what of them is still to come, and the rule changed by hand. */
import { StudioError } from '../core/errors';
import { difficultyDefaults, type DifficultyRule } from '../stat/difficulty';
import type { Project, ResponseRow, StudioStore } from '../store/types';
import { sampleRun, type Sampling, samplings } from './sampling';

/** The samples a rule of difficulty wants of every validation question. */
export function difficultySamplings(rule: DifficultyRule | undefined): Sampling[] {
  if (rule?.kind !== 'consistency') return [];
  const { samples = difficultyDefaults.samples, temperature = difficultyDefaults.temperature } = rule;
  return samplings(samples, temperature);
}

export interface Evidence {
  /** The untouched student's own answers to the validation questions. */
  answers: ResponseRow[];
  /** Its samples, as far as the rule wants them. */
  samples: ResponseRow[];
  /** Answers without what the rule wants to know of them: samples, or scores of their steps. */
  pending: number;
}

/** Of a project's stored responses what its rule looks at. */
export function difficultyEvidence({ difficulty }: Project, rows: readonly ResponseRow[]): Evidence {
  const validation = rows.filter((row) => row.set === 'validation');
  const answers = validation.filter((row) => row.runId === 'base');
  const wanted = difficultySamplings(difficulty).map((one) => sampleRun('base', one));
  const samples = validation.filter((row) => wanted.includes(row.runId));
  const unscored = difficulty?.kind === 'process' ? answers.filter((row) => wantsScores(row)).length : 0;
  return { answers, samples, pending: unscored + answers.length * wanted.length - samples.length };
}

/** Whether a scorer is still to be asked about the steps of an answer; `again`: also where it was asked in vain. */
export function wantsScores(row: ResponseRow, again = false): boolean {
  return row.text.trim() !== '' && !row.stepScores && (!row.scoreFailure || again);
}

/**
 * Sets the rule of a project. Scores of another scorer go; answers and samples stay. Throws `studio-too-late` where the profile is
 * made by the old rule.
 */
export async function changeDifficulty(store: StudioStore, projectId: string, rule: DifficultyRule): Promise<void> {
  const project = await store.get('projects', projectId);
  if (!project) return;
  if (await store.get('profiles', projectId)) {
    throw new StudioError('studio-too-late', 'The profile of this project is made, by the rule it has.', {
      kept: 'Nothing was changed.', remedy: 'Choose the rule before the profile, in a new project.',
    });
  }
  const scorer = (of: DifficultyRule | undefined) => JSON.stringify(of?.kind === 'process' ? of.rewardModel ?? 'teacher' : undefined);
  const scored = (await store.where('responses', 'projectId', projectId)).filter((row) => row.stepScores ?? row.scoreFailure);
  if (scored.length > 0 && rule.kind === 'process' && scorer(rule) !== scorer(project.difficulty)) {
    await store.put('responses', scored.map(({ stepScores: _, scoreFailure: __, ...row }): ResponseRow => row));
  }
  await store.put('projects', [{ ...project, difficulty: rule }]);
}
