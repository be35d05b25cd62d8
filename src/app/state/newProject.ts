/** Making and deleting projects. */
import { now } from '../../core/clock';
import type { FileRole } from '../../data/fileRoles';
import type { World } from '../../data/types';
import { blobPath } from '../../store/blobPath';
import { requestPersistence } from '../../store/persistence';
import type { Project, StudioStore } from '../../store/types';
import { deleteUnused, placeSet } from '../../studio/ownSets';
import { datasetProject, demoProject, keptDataset, type ReadFile } from '../../studio/project';
import { addOwnTestSet, checkSetName, keepOwnTestSet } from '../../studio/testSets';
import { quickLook } from './quick';

/** A demo of a built-in world, kept; `quick` makes it a rough and fast one. */
export async function createDemo(store: StudioStore, world: World['id'], seed: number, quick: boolean): Promise<Project> {
  const demo = demoProject(world, seed);
  const project = quick ? quickLook(demo) : demo;
  await store.put('projects', [project]);
  void requestPersistence(); // answered by the browser when it likes; the project is kept either way
  return project;
}

/** A file beside the one to train on, and what it holds. */
export type RoledFile = ReadFile & { role: FileRole; setName: string };

/** A project on imported files: its dataset, its further test sets and the project. Throws what `checkSetName` throws. */
export async function createFromFiles(
  store: StudioStore,
  train: ReadFile,
  others: readonly RoledFile[],
  student: string,
  quick: boolean,
): Promise<Project> {
  const further = others.filter(({ role }) => role === 'more');
  for (const { setName } of further) checkSetName(setName);
  const { dataset, questions } = keptDataset(train, {
    validation: others.find(({ role }) => role === 'validation'),
    test: others.find(({ role }) => role === 'test'),
  });
  const own = datasetProject(dataset, student);
  const project = quick ? quickLook(own) : own;
  await store.put('questions', questions);
  await store.put('datasets', [dataset]);
  const tests = [];
  for (const { setName, imported } of further) tests.push(await keepOwnTestSet(store, setName, imported));
  await store.put('projects', [{ ...project, ...(tests.length > 0 && { tests }) }]);
  void requestPersistence();
  return project;
}

/** Gives a project one file more: validation or test questions in place of what it had, or a further test set. */
export async function addFile(store: StudioStore, projectId: string, { role, setName, ...read }: RoledFile): Promise<void> {
  if (role === 'validation' || role === 'test') await placeSet(store, projectId, role, read);
  else await addOwnTestSet(store, projectId, setName, read.imported);
}

/** The same questions, arms and settings for another student: in the project itself while nothing is answered, else as a new one. */
export async function withStudent(store: StudioStore, project: Project, student: string, title: string, begun: boolean): Promise<Project> {
  const tests = project.tests?.map(({ leftOut: _, ...test }) => test);
  const changed: Project = { ...project, student, leftOut: undefined, ...(tests && { tests }) };
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
