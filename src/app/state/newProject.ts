/** Making and deleting projects. */
import { now } from '../../core/clock';
import type { World } from '../../data/types';
import { blobPath } from '../../store/blobPath';
import { requestPersistence } from '../../store/persistence';
import type { Dataset, Project, QuestionRow, StudioStore } from '../../store/types';
import { datasetProject, demoProject } from '../../studio/project';
import { quickLook } from './quick';

/** A demo of a built-in world, kept; `quick` makes it a rough and fast one. */
export async function createDemo(store: StudioStore, world: World['id'], seed: number, quick: boolean): Promise<Project> {
  const demo = demoProject(world, seed);
  const project = quick ? quickLook(demo) : demo;
  await store.put('projects', [project]);
  void requestPersistence(); // answered by the browser when it likes; the project is kept either way
  return project;
}

/** A project on imported questions: the dataset, its rows and the project. */
export async function createFromDataset(
  store: StudioStore,
  dataset: Dataset,
  questions: readonly QuestionRow[],
  student: string,
  quick: boolean,
): Promise<Project> {
  const own = datasetProject(dataset, student);
  const project = quick ? quickLook(own) : own;
  await store.put('questions', [...questions]);
  await store.put('datasets', [dataset]);
  await store.put('projects', [project]);
  void requestPersistence();
  return project;
}

/** The same questions, arms and settings for another student: in the project itself while nothing is answered, else as a new one. */
export async function withStudent(store: StudioStore, project: Project, student: string, title: string, begun: boolean): Promise<Project> {
  const changed: Project = { ...project, student, leftOut: undefined };
  if (begun) Object.assign(changed, { id: `own-${crypto.randomUUID().slice(0, 8)}`, name: `${project.name}, ${title}`, createdAt: now() });
  await store.put('projects', [changed]);
  return changed;
}

/** Deletes a project with everything that was made for it. An imported dataset goes when no other project uses it. */
export async function deleteProject(store: StudioStore, project: Project): Promise<void> {
  const runs = await store.where('runs', 'projectId', project.id);
  for (const run of runs) {
    for (const path of await store.listBlobs(run.id)) await store.removeBlob(path);
  }
  for (const path of await store.listBlobs(`${blobPath(project.id)}/`)) await store.removeBlob(path);
  for (const table of ['metrics', 'responses', 'labels', 'skills', 'trainingSets'] as const) {
    const rows = await store.where(table, 'projectId', project.id);
    await store.remove(
      table,
      rows.map((row) => row.key),
    );
  }
  await store.remove(
    'runs',
    runs.map((run) => run.id),
  );
  await store.remove('profiles', [project.id]);
  await store.remove('skillEdits', [project.id]);
  await store.remove('projects', [project.id]);
  const datasets = [...(project.source.kind === 'dataset' ? [project.source.datasetId] : []), ...(project.tests ?? []).map((test) => test.datasetId)];
  for (const id of datasets) await deleteUnused(store, id);
}

async function deleteUnused(store: StudioStore, datasetId: string): Promise<void> {
  const used = (await store.all('projects')).some(
    ({ source, tests = [] }) => (source.kind === 'dataset' && source.datasetId === datasetId) || tests.some((test) => test.datasetId === datasetId),
  );
  if (used) return;
  const rows = await store.where('questions', 'datasetId', datasetId);
  await store.remove(
    'questions',
    rows.map((row) => row.key),
  );
  await store.remove('datasets', [datasetId]);
}
