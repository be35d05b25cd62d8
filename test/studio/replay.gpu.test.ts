// A whole project with its teacher recorded, then again from the ledger file alone: every stored row and every weight the same bits.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openFileStore } from '../../src/store/fileStore';
import type { StudioStore } from '../../src/store/types';
import { storedLedger } from '../../src/studio/ledger';
import { advance } from '../../src/studio/pipeline';
import { teacherOf } from '../../src/studio/teacherOf';
import { importLedger, ledgerLine } from '../../src/teacher/ledger/jsonl';
import { ledgerInMemory, type Ledger } from '../../src/teacher/ledger/ledger';
import { recordingTeacher, teacherOfLedger } from '../../src/teacher/ledger/recorded';
import type { Teacher } from '../../src/teacher/types';
import { testEngine } from '../gpu/engine';
import { dependencies, outcome, tinyProject } from './tinyProject';

const project = tinyProject();
let folder: string;
beforeAll(async () => (folder = await mkdtemp(join(tmpdir(), 'stat-replay-'))));
afterAll(() => rm(folder, { recursive: true, force: true }));

async function runWith(path: string, teacher: (store: StudioStore) => Promise<Teacher>): Promise<Record<string, unknown>> {
  const store = await openFileStore(path);
  await store.put('projects', [project]);
  await advance(project, 'compare', dependencies(project, store, testEngine, { teacher: () => teacher(store) }));
  const { calls: _, ...rest } = await outcome(path);
  return rest;
}

it('replays to the same bits', async () => {
  const recorded = await runWith(join(folder, 'recorded'), async (store) => recordingTeacher(await teacherOf(project, store), storedLedger(store), project.id));
  const entries = await (await openFileStore(join(folder, 'recorded'))).all('calls');
  const file = join(folder, 'ledger.jsonl');
  await writeFile(file, entries.map(ledgerLine).join(''));
  const store = await openFileStore(join(folder, 'recorded'));
  const labelled = (await store.all('labels')).flatMap(({ skills }) => skills).length;
  expect(labelled).toBe(12_012);
  // Questions of equal text share an entry.
  const labels = entries.filter(({ task }) => task === 'label').length;
  expect(labels).toBeGreaterThan(10_000);
  expect(labels).toBeLessThan(labelled);

  const lines = (await readFile(file, 'utf8')).split('\n');
  const ledgerOf = async (some: string[]): Promise<Ledger> => {
    const ledger = ledgerInMemory();
    await importLedger(ledger, some);
    return ledger;
  };
  const whole = await ledgerOf(lines);
  const replayed = await runWith(join(folder, 'replayed'), () => teacherOfLedger(whole));
  expect(replayed).toEqual(recorded);
  expect(await (await openFileStore(join(folder, 'replayed'))).all('calls')).toEqual([]);

  // One reply too few: the missing request is named, with its row.
  const missing = entries.find(({ task }) => task === 'judge');
  const torn = await ledgerOf(lines.filter((line) => !line.includes(`"${missing?.key}"`)));
  await store.remove('profiles', [project.id]);
  await expect(advance(project, 'profile', dependencies(project, store, testEngine, { teacher: () => teacherOfLedger(torn) }))).rejects
    .toMatchObject({ code: 'teacher-not-recorded', where: expect.stringContaining(`judge ${missing?.row}, request ${missing?.key}`) as string });
});
