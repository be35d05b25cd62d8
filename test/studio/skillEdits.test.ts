/** Corrections of skills in a store: what the method reads afterwards, undone, kept, and refused once there is a profile. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { editedRows } from '../../src/app/pages/skills/carriers';
import { openFileStore } from '../../src/store/fileStore';
import type { Project, StudioStore } from '../../src/store/types';
import { datasetProject } from '../../src/studio/project';
import { changeSkills } from '../../src/studio/skillEdits';
import { setQuestions, splitsOf, withLabels } from '../../src/studio/splits';
import { document, stat } from '../cli/commandLine';
import { temporaryFolder } from './tinyProject';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let store: StudioStore;
let project: Project;

beforeEach(async () => {
  folder = await temporaryFolder();
  store = await openFileStore(folder.path);
  project = { ...datasetProject({ id: 'd', name: 'd', createdAt: 1, format: 'jsonl', rows: 60, skippedRows: 0 }, 'nobody'), id: 'p' };
  await store.put('projects', [project]);
  await store.put('questions', Array.from({ length: 60 }, (_, i) => ({
    key: `d/${i}`, datasetId: 'd', position: i, id: String(i), question: i % 2 ? `Half of ${i}` : `${i} plus one`, answer: '#### 1', skills: [i % 2 ? 'frac' : 'plus'],
  })));
  await store.put('skills', ['frac', 'plus', 'add'].map((name) => ({ key: `p/${name}`, projectId: 'p', name, description: '' })));
  const { validation } = await splitsOf(project, store);
  await store.put('labels', [{ key: 'p/validation/00000000', projectId: 'p', set: 'validation', start: 0, skills: validation.map((question) => question.skills) }]);
});
afterEach(() => folder.remove());

const named = async (from: StudioStore = store): Promise<Set<string>> => {
  const { validation } = await splitsOf(project, from);
  return new Set((await withLabels(project, from, 'validation', validation)).flatMap((question) => question.skills));
};

describe('corrections in a store', () => {
  it('reach the labels, the report’s questions and the page alike, and are undone', async () => {
    await changeSkills(store, 'p', [{ kind: 'merge', from: ['plus'], into: 'add' }, { kind: 'split', skill: 'frac', into: 'halves', containing: 'half' }]);
    expect(await named()).toEqual(new Set(['add', 'halves']));
    expect(await named(await openFileStore(folder.path))).toEqual(new Set(['add', 'halves']));
    const test = (await setQuestions(project, store)).get('test') ?? [];
    expect(new Set(test.flatMap((question) => question.skills))).toEqual(new Set(['add', 'halves']));
    const { validation } = await splitsOf(project, store);
    const log = await store.get('skillEdits', 'p');
    const rows = editedRows(await store.where('labels', 'projectId', 'p'), { validation }, log?.edits ?? []);
    expect(new Set(rows.flatMap((row) => row.skills.flat()))).toEqual(new Set(['add', 'halves']));

    await changeSkills(store, 'p', [{ kind: 'undo' }]);
    expect(await named()).toEqual(new Set(['add', 'frac']));
    await changeSkills(store, 'p', [{ kind: 'undo' }, { kind: 'undo' }]);
    expect(await named()).toEqual(new Set(['plus', 'frac']));
    await changeSkills(store, 'p', [{ kind: 'redo' }]);
    expect(await named()).toEqual(new Set(['add', 'frac']));
  });

  it('are made all or none, and no more once there is a profile', async () => {
    const bad = [{ kind: 'rename', from: 'add', to: 'sum' }, { kind: 'rename', from: 'none', to: 'x' }] as const;
    await expect(changeSkills(store, 'p', bad)).rejects.toMatchObject({ code: 'stat-bad-edit' });
    expect(await store.get('skillEdits', 'p')).toBeUndefined();
    await store.put('profiles', [{ projectId: 'p', profile: { entries: [], difficult: 0, validation: 0 }, judgements: [], teacher: 't' }]);
    await expect(changeSkills(store, 'p', [bad[0]])).rejects.toMatchObject({ code: 'studio-skills-fixed' });
  });

  it('come from a file on the command line', { timeout: 60_000 }, async () => {
    const file = join(folder.path, 'edits.json');
    await writeFile(file, JSON.stringify([{ kind: 'rename', from: 'frac', to: 'fractions' }]));
    const ended = await stat(['edit-skills', '--run', folder.path, '--project', 'p', '--edits', file, '--json']);
    expect(document(ended)).toEqual({ edits: 1, undone: 0, skills: ['add', 'fractions', 'plus'] });
    expect(await named(await openFileStore(folder.path))).toEqual(new Set(['plus', 'fractions']));
    await writeFile(file, '[{"kind":"rename","from":1}]');
    expect(document(await stat(['edit-skills', '--run', folder.path, '--project', 'p', '--edits', file, '--json']))).toMatchObject({ error: { code: 'cli-bad-edits' } });
  });
});
