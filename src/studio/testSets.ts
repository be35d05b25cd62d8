/** Published test sets that a person brings to a project: kept as datasets, asked at the end, each with its own grader and limit. */
import { now } from '../core/clock';
import { StudioError } from '../core/errors';
import { hashText } from '../core/hash';
import { type Benchmark, readBenchmark } from '../data/benchmarks/benchmarks';
import type { GenerateOptions } from '../train/types';
import type { Project, SetName, StudioStore, TestSet } from '../store/types';
import { type Sampling, samplings } from './sampling';

/** What most worked solutions of these sets need; a student with less context is cut earlier. */
const MOST_TOKENS = 512;

/** As evaluations that report avg@k and pass@k draw. */
const SAMPLED_AT = 0.7;

export interface AddedTestSet {
  questions: number;
  skipped: number;
  notices: string[];
}

/**
 * Adds a test set to a project, or puts another file in its place. New questions are kept apart from every test question, so none is
 * added once training sets are built: `studio-too-late`. Throws what `readBenchmark` throws.
 */
export async function addTestSet(
  store: StudioStore, projectId: string, benchmark: Benchmark, bytes: Uint8Array, file: string, samples = 0, maxTokens = MOST_TOKENS,
): Promise<AddedTestSet> {
  const project = await changeable(store, projectId);
  const { set, ...added } = await keepTestSet(store, benchmark, bytes, file, samples, maxTokens);
  await store.put('projects', [{ ...project, tests: [...(project.tests ?? []).filter((one) => one.name !== set.name), set] }]);
  return added;
}

/** Keeps the questions of a published file, once. Throws what `readBenchmark` throws. */
export async function keepTestSet(
  store: StudioStore, benchmark: Benchmark, bytes: Uint8Array, file: string, samples = 0, maxTokens = MOST_TOKENS,
): Promise<AddedTestSet & { set: TestSet }> {
  const { questions, problems, notices } = readBenchmark(benchmark, bytes, file);
  const { name, title, grader } = benchmark;
  const datasetId = `test-${hashText(JSON.stringify([name, questions]))}`;
  const set: TestSet = { name, title, datasetId, grader, maxTokens, ...(samples > 0 && { samples, temperature: SAMPLED_AT }) };
  const added = { set, questions: questions.length, skipped: problems.length, notices };
  if (await store.get('datasets', datasetId)) return added;
  await store.put('questions', questions.map((question, position) => {
    // Ids of published sets are small numbers, which other rows may have too.
    const id = `${name}:${question.id}`;
    return { ...question, id, key: `${datasetId}/${id}`, datasetId, position };
  }));
  await store.put('datasets', [{ id: datasetId, name: title, createdAt: now(), format: /\.(csv|tsv)$/i.test(file) ? 'csv' : 'jsonl', rows: questions.length, skippedRows: problems.length }]);
  return added;
}

/** Takes a test set out of a project. Throws `studio-too-late`. */
export async function removeTestSet(store: StudioStore, projectId: string, name: string): Promise<void> {
  const project = await changeable(store, projectId);
  await store.put('projects', [{ ...project, tests: (project.tests ?? []).filter((one) => one.name !== name) }]);
}

async function changeable(store: StudioStore, projectId: string): Promise<Project> {
  const project = await store.get('projects', projectId);
  if (!project) throw new StudioError('studio-no-project', 'This project is not stored any more.');
  if ((await store.where('runs', 'projectId', projectId)).length === 0) return project;
  throw new StudioError('studio-too-late', 'The training sets of this project are built, and were checked against the test sets it had.', {
    kept: 'Nothing was changed.', remedy: 'Add test sets before the Adapt step, in a new project on the same data.',
  });
}

/** How a set is answered and graded: as the project says, but for a test set that was brought along. */
export function answering(project: Project, set: SetName): { grader: string; generation: GenerateOptions; samplings: Sampling[] } {
  const brought = project.tests?.find(({ name }) => set === `ood:${name}`);
  if (!brought) return { grader: project.grader, generation: project.generation, samplings: [] };
  const { grader, maxTokens, samples = 0, temperature = SAMPLED_AT } = brought;
  return { grader, generation: { ...project.generation, maxTokens }, samplings: samplings(samples, temperature) };
}
