/** Test sets that a person brings to a project, published ones and their own: kept as datasets and asked at the end. */
import { now } from '../core/clock';
import { StudioError } from '../core/errors';
import { hashText } from '../core/hash';
import { type Benchmark, benchmarks, readBenchmark } from '../data/benchmarks/benchmarks';
import type { ImportedDataset } from '../data/importDataset';
import { quoted } from '../data/problems';
import type { Question } from '../data/types';
import type { GenerateOptions } from '../train/types';
import type { Dataset, Project, SetName, StudioStore, TestSet } from '../store/types';
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
  await attach(store, project, set);
  return added;
}

/** Adds a test set of a person's own to a project, or puts other questions in its place. Throws as `addTestSet` and `checkSetName` do. */
export async function addOwnTestSet(store: StudioStore, projectId: string, name: string, imported: ImportedDataset): Promise<void> {
  const project = await changeable(store, projectId);
  await attach(store, project, await keepOwnTestSet(store, name, imported));
}

function attach(store: StudioStore, project: Project, set: TestSet): Promise<void> {
  return store.put('projects', [{ ...project, tests: [...(project.tests ?? []).filter((one) => one.name !== set.name), set] }]);
}

/** Keeps the questions of a published file, once. Throws what `readBenchmark` throws. */
export async function keepTestSet(
  store: StudioStore, benchmark: Benchmark, bytes: Uint8Array, file: string, samples = 0, maxTokens = MOST_TOKENS,
): Promise<AddedTestSet & { set: TestSet }> {
  const { questions, problems, notices } = readBenchmark(benchmark, bytes, file);
  const { name, title, grader } = benchmark;
  const format = /\.(csv|tsv)$/i.test(file) ? 'csv' : 'jsonl';
  const datasetId = await keepQuestions(store, name, title, questions, { format, skippedRows: problems.length });
  const set: TestSet = { name, title, datasetId, grader, maxTokens, ...(samples > 0 && { samples, temperature: SAMPLED_AT }) };
  return { set, questions: questions.length, skipped: problems.length, notices };
}

/** Keeps a test set of a person's own, once; it is answered and graded as the project's test set is. Throws what `checkSetName` throws. */
export async function keepOwnTestSet(store: StudioStore, name: string, { rows, format, skipped }: ImportedDataset): Promise<TestSet> {
  checkSetName(name);
  return { name, title: name, datasetId: await keepQuestions(store, name, name, rows, { format, skippedRows: skipped }) };
}

/** Names of sets are parts of keys and headings of tables. Throws `studio-set-name`. */
export function checkSetName(name: string): void {
  const taken = benchmarks.find((one) => one.name === name || one.title === name)?.title;
  if (!taken && /^[\p{L}\p{N}][\p{L}\p{N} ._+-]{0,39}$/u.test(name) && name === name.trim()) return;
  const why = taken ? `is that of the published set ${taken}` : 'is not one to forty letters, digits, spaces, dots, dashes and pluses';
  throw new StudioError('studio-set-name', `The name ${quoted(name)} of a test set ${why}.`, {
    kept: 'Nothing was added.', remedy: taken ? 'Add the file as the published set it is of, or name it otherwise.' : 'Name the set otherwise.',
  });
}

async function keepQuestions(
  store: StudioStore, name: string, title: string, questions: readonly Question[], file: Pick<Dataset, 'format' | 'skippedRows'>,
): Promise<string> {
  const id = `test-${hashText(JSON.stringify([name, questions]))}`;
  if (await store.get('datasets', id)) return id;
  await store.put('questions', questions.map((question, position) => {
    // Ids of a file are small numbers, which other rows may have too.
    const rowId = `${name}:${question.id}`;
    return { ...question, id: rowId, key: `${id}/${rowId}`, datasetId: id, position };
  }));
  await store.put('datasets', [{ id, name: title, createdAt: now(), rows: questions.length, ...file }]);
  return id;
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
  const { grader = project.grader, maxTokens = project.generation.maxTokens, samples = 0, temperature = SAMPLED_AT } = brought;
  return { grader, generation: { ...project.generation, maxTokens }, samplings: samplings(samples, temperature) };
}
