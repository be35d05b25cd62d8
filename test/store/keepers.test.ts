// @vitest-environment node
// The conformance checks on each keeper: files on disk, Dexie over a plain IndexedDB, and OPFS in the real browser.
import 'fake-indexeddb/auto';
import { appendFile, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { DexieStore } from '../../src/store/dexieStore';
import { openFileStore } from '../../src/store/fileStore';
import { watch } from '../../src/store/live';
import { seal, unseal } from '../../src/store/sealedBytes';
import { blobPath, blobSegments } from '../../src/store/blobPath';
import { CHECKS, type Keeper } from './conformance';

const cleanups: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

async function folder(): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), 'stat-store-'));
  cleanups.push(() => rm(made, { recursive: true, force: true }));
  return made;
}

async function fileKeeper(): Promise<Keeper> {
  const at = await folder();
  return { store: await openFileStore(at), reopen: () => openFileStore(at) };
}

let databases = 0;
async function dexieKeeper(): Promise<Keeper> {
  const name = `conformance-${databases++}`;
  const blobs = await openFileStore(await folder());
  const open = () => {
    const store = new DexieStore(name, blobs);
    cleanups.push(() => store.close());
    return store;
  };
  return { store: open(), reopen: async () => open() };
}

describe.each([['files', fileKeeper], ['Dexie', dexieKeeper]] as const)('the keeper over %s', (_, make) => {
  for (const [name, check] of Object.entries(CHECKS)) it(name, async () => check(await make()));
});

describe('the file keeper', () => {
  const dataset = (id: string) => ({ id, name: id, createdAt: 0, format: 'csv' as const, rows: 1, skippedRows: 0 });

  it('drops a torn last line and goes on after it', async () => {
    const at = await folder();
    const store = await openFileStore(at);
    await store.put('datasets', [dataset('a')]);
    await store.put('datasets', [dataset('b'), dataset('c')]);
    const log = join(at, 'datasets.jsonl');
    await truncate(log, (await readFile(log)).length - 9);
    const again = await openFileStore(at);
    expect(await again.all('datasets')).toEqual([dataset('a')]);
    await again.put('datasets', [dataset('d')]);
    expect(await (await openFileStore(at)).all('datasets')).toEqual([dataset('a'), dataset('d')]);
  });

  it('refuses a log broken in the middle with its line number, and leaves it as it was', async () => {
    const at = await folder();
    const log = join(at, 'datasets.jsonl');
    await writeFile(log, '{"put":[]}\nnot json\n{"put":[]}\n');
    await expect(openFileStore(at)).rejects.toMatchObject({ code: 'store-broken-log', where: `${log}, line 2` });
    expect(await readFile(log, 'utf8')).toContain('not json');
  });

  it('ignores the remains of a file write that never finished', async () => {
    const at = await folder();
    const store = await openFileStore(at);
    await store.writeBlob('p/x', Uint8Array.of(1, 2, 3));
    await appendFile(join(at, 'blobs', 'p', 'x~'), 'half');
    expect(await store.listBlobs('')).toEqual(['p/x']);
    expect([...(await store.readBlob('p/x')) ?? []]).toEqual([1, 2, 3]);
  });
});

describe('live queries', () => {
  it('call again after a change, with undefined for a removed row', async () => {
    const { store } = await dexieKeeper();
    const seen: (string | undefined)[] = [];
    const until = (length: number) => expect.poll(() => seen.length).toBe(length);
    const stop = watch(() => store.get('datasets', 'a'), (value) => seen.push(value?.name), (error) => { throw error; });
    await until(1);
    await store.put('datasets', [{ id: 'a', name: 'first', createdAt: 0, format: 'csv', rows: 1, skippedRows: 0 }]);
    await until(2);
    await store.remove('datasets', ['a']);
    await until(3);
    stop();
    expect(seen).toEqual([undefined, 'first', undefined]);
  });
});

describe('sealed bytes', () => {
  it('come back whole, and any missing or changed byte is noticed', () => {
    const bytes = Uint8Array.from({ length: 100 }, (_, i) => i);
    const sealed = seal(bytes);
    expect(unseal(sealed)).toEqual(bytes);
    for (let length = 0; length < sealed.length; length++) expect(unseal(sealed.subarray(0, length))).toBeUndefined();
    for (let i = 0; i < sealed.length; i++) {
      const changed = sealed.slice();
      changed[i] ^= 1;
      expect(unseal(changed)).toBeUndefined();
    }
  });
});

describe('blob paths', () => {
  it('keep safe names, and give foreign ones a safe name each', () => {
    expect(blobPath('p/sft@0.0008', 'params')).toBe('p/sft@0.0008/params');
    const odd = ['STAT-Sel + replay', 'STAT-Sel - replay', '..', '', 'ü', '日本', '日木'].map((name) => blobPath('p', name));
    expect(new Set(odd).size).toBe(odd.length);
    for (const path of odd) expect(() => blobSegments(path)).not.toThrow();
  });
});
