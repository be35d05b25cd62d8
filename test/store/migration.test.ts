// @vitest-environment node
// A database of an earlier version opens with all that was in it.
import 'fake-indexeddb/auto';
import { Dexie } from 'dexie';
import { expect, it } from 'vitest';
import { DexieStore } from '../../src/store/dexieStore';
import { openFileStore } from '../../src/store/fileStore';
import type { LedgerEntry } from '../../src/teacher/ledger/entry';
import { temporaryFolder } from '../studio/tinyProject';

/** As the first version declared them. */
const FIRST = {
  projects: 'id', datasets: 'id', questions: 'key, datasetId', skills: 'key, projectId', labels: 'key, projectId', responses: 'key, projectId, runId',
  profiles: 'projectId', trainingSets: 'key, projectId', runs: 'id, projectId', metrics: 'key, projectId, runId',
};

it('from version 1: rows are there, the ledger is empty and can be written', async () => {
  const old = new Dexie('old');
  old.version(1).stores(FIRST);
  const labels = { key: 'p/pool/00000000', projectId: 'p', set: 'pool', start: 0, skills: [['add'], []] };
  await old.table('labels').put(labels);
  await old.table('datasets').put({ id: 'd', name: 'd', createdAt: 0, format: 'csv', rows: 1, skippedRows: 0 });
  old.close();

  const { path, remove } = await temporaryFolder();
  const store = new DexieStore('old', await openFileStore(path));
  expect(await store.where('labels', 'projectId', 'p')).toEqual([labels]);
  expect((await store.all('datasets')).length).toBe(1);
  expect(await store.all('calls')).toEqual([]);
  const entry: LedgerEntry = {
    key: '0123456789abcdef', state: 'sent', task: 'label', promptVersion: 'label@1', projectId: 'p', recipient: 'r', remote: true, tries: 1, firstSentAt: 0,
  };
  await store.put('calls', [entry]);
  expect(await store.where('calls', 'projectId', 'p')).toEqual([entry]);
  store.close();
  await remove();
});
