// Imported rows that a student cannot read whole are left out and counted; they do not end the run.
import { afterEach, expect, it } from 'vitest';
import { openFileStore } from '../../src/store/fileStore';
import type { StudioStore } from '../../src/store/types';
import { advance } from '../../src/studio/pipeline';
import { datasetProject } from '../../src/studio/project';
import { splitsOf } from '../../src/studio/splits';
import { dependencies, temporaryFolder, tinyStudent } from './tinyProject';

let remove = async () => {};
afterEach(() => remove());

async function imported(answers: string[]): Promise<{ store: StudioStore; project: ReturnType<typeof datasetProject> }> {
  const folder = await temporaryFolder();
  remove = folder.remove;
  const store = await openFileStore(folder.path);
  const dataset = { id: 'd', name: 'own', createdAt: 0, format: 'jsonl' as const, rows: answers.length, skippedRows: 0 };
  await store.put('datasets', [dataset]);
  await store.put('questions', answers.map((answer, i) => ({
    key: `d/q${i}`, datasetId: 'd', position: i, id: `q${i}`, question: `${i} + 1 = ?`, answer, skills: ['adding'],
  })));
  const project = datasetProject(dataset, 'tiny');
  await store.put('projects', [project]);
  return { store, project };
}

const noEngine = () => Promise.reject(new Error('no adapter is needed here'));

it('leaves long rows out of every split, and says which', async () => {
  const long = '7 '.repeat((await tinyStudent()).config.context);
  const { store, project } = await imported(Array.from({ length: 40 }, (_, i) => (i % 10 === 3 ? long : `${i + 1}`)));
  await advance(project, 'student', dependencies(project, store, noEngine));
  const stored = await store.get('projects', project.id);
  expect(stored?.leftOut).toEqual(['q3', 'q13', 'q23', 'q33']);
  const { pool, validation, test } = await splitsOf(project, store);
  const ids = [...pool, ...validation, ...test].map(({ id }) => id);
  expect(ids.length).toBe(36);
  expect(ids.filter((id) => stored?.leftOut?.includes(id))).toEqual([]);
});

it('says so where every row is too long', async () => {
  const { context } = (await tinyStudent()).config;
  const { store, project } = await imported(Array.from({ length: 20 }, () => '7 '.repeat(context)));
  await expect(advance(project, 'student', dependencies(project, store, noEngine))).rejects.toMatchObject({
    code: 'studio-empty-split', where: '20 rows were left out, too long for this student',
  });
});
