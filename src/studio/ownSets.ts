/** Files of validation and test questions given to a project after its rows, and pool rows that nearly copy an evaluation question. */
import { StudioError } from '../core/errors';
import type { Contamination } from '../data/benchmarks/contamination';
import { PLACED_SETS, splitPlaced, type PlacedSet } from '../data/split';
import type { Question, Splits } from '../data/types';
import type { Project, StudioStore } from '../store/types';
import { datasetOf, placedRows, type ReadFile } from './project';
import { importedQuestions } from './splits';

/**
 * Puts a file's questions in the place of a project's validation or test set; without one that set is drawn from the pool's rows again.
 * The pool changes with it. Throws `studio-labelled-already`, and `studio-empty-split` where no row would be left to train on.
 */
export async function placeSet(store: StudioStore, projectId: string, set: PlacedSet, given?: ReadFile): Promise<void> {
  const { project, datasetId } = await unlabelled(store, projectId);
  const dataset = await store.get('datasets', datasetId);
  const others = (await importedQuestions(datasetId, store)).filter((row) => row.set !== set);
  const placed = [...others, ...(given ? placedRows(set, given.imported.rows) : [])];
  const splits = splitPlaced(placed, project.source.seed);
  if (splits.pool.length === 0) {
    throw new StudioError('studio-empty-split', `Every row to train on is also a ${set} question${given ? ` of ${given.file}` : ''}.`, {
      kept: 'The project is as it was.', remedy: 'Choose a file of other questions.',
    });
  }
  const made = datasetOf(placed, {
    name: dataset?.name ?? project.name, format: dataset?.format ?? 'jsonl', skippedRows: (dataset?.skippedRows ?? 0) + (given?.imported.skipped ?? 0),
    files: { ...dataset?.files, [set]: given?.file },
  });
  await store.put('questions', made.questions);
  await store.put('datasets', [made.dataset]);
  await store.put('projects', [{ ...project, source: { kind: 'dataset', seed: project.source.seed, datasetId: made.dataset.id }, leftOut: undefined, nearCopies: undefined }]);
  if (made.dataset.id !== datasetId) await deleteUnused(store, datasetId);
}

/** Leaves rows out of a project's pool, or with none puts all of them back. Throws `studio-labelled-already`, `studio-empty-split`. */
export async function leaveOutOfPool(store: StudioStore, projectId: string, rows: readonly string[], pool: number): Promise<void> {
  const { project } = await unlabelled(store, projectId);
  if (rows.length > 0 && rows.length >= pool) {
    throw new StudioError('studio-empty-split', 'Every row to train on is also an evaluation question, or nearly.', {
      kept: 'The project is as it was.', remedy: 'Bring other test questions, or other rows to train on.',
    });
  }
  await store.put('projects', [{ ...project, nearCopies: rows.length > 0 ? [...rows] : undefined }]);
}

/** The rows of a pool in which a question of any set is found, or nearly. */
export function nearCopiesOf(found: readonly Contamination[], pool: readonly Question[]): string[] {
  const rows = new Set(found.flatMap((one) => one.rows));
  return pool.map(({ id }) => id).filter((id) => rows.has(id));
}

/** Every set that is not trained on, by name. */
export function evaluationQuestions({ validation, test, outOfDistribution }: Splits): Map<string, Question[]> {
  return new Map([['validation', validation], ['test', test], ...Object.entries(outOfDistribution).map(([name, questions]) => [`ood:${name}`, questions] as const)]);
}

/** Removes a dataset that no project refers to any more. */
export async function deleteUnused(store: StudioStore, datasetId: string): Promise<void> {
  const used = (await store.all('projects')).some(
    ({ source, tests = [] }) => (source.kind === 'dataset' && source.datasetId === datasetId) || tests.some((test) => test.datasetId === datasetId),
  );
  if (used) return;
  const rows = await store.where('questions', 'datasetId', datasetId);
  await store.remove('questions', rows.map((row) => row.key));
  await store.remove('datasets', [datasetId]);
}

/** Labels lie by the place of a question in its set, so that the sets are fixed with the first of them. */
async function unlabelled(store: StudioStore, projectId: string): Promise<{ project: Project; datasetId: string }> {
  const project = await store.get('projects', projectId);
  if (project?.source.kind !== 'dataset') throw new StudioError('studio-no-project', 'This project has no rows of its own to split.');
  for (const table of ['labels', 'responses', 'runs'] as const) {
    if ((await store.where(table, 'projectId', projectId)).length === 0) continue;
    throw new StudioError('studio-labelled-already', 'The questions of this project are labelled, so its rows stay in the sets they are in.', {
      kept: 'The project is as it was.', remedy: `Make a new project of the same files, with the ${PLACED_SETS.join(' and ')} files from the start.`,
    });
  }
  return { project, datasetId: project.source.datasetId };
}
