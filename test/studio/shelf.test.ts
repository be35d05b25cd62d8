// @vitest-environment node
// Students a person brings: kept whole or not at all, opened again from the copy, stopped, refused and removed.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { freshAdapter } from '../../src/model/adapter';
import { blobSource, memorySources, type ByteSource } from '../../src/model/byteSource';
import { adapterToFiles } from '../../src/model/peft';
import { openFileStore } from '../../src/store/fileStore';
import { nodeFileCache } from '../../src/store/nodeFileCache';
import type { StudentShelf } from '../../src/studio/shelf';
import type { StudioStore } from '../../src/store/types';
import { hasSharedData, sharedFiles } from '../sharedData';
import { tinyStudent, tinyStudentFiles } from '../train/tinyStudent';
import { temporaryFolder, tinyShelf } from './tinyProject';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

interface Opened {
  shelf: StudentShelf;
  store: StudioStore;
  told: { file: string; done: number; total: number }[];
  /** A shelf over the same files, as after a reload. */
  again(): StudentShelf;
  /** Files that lie in the cache. */
  lying(): Promise<string[]>;
  path: string;
}

async function opened(): Promise<Opened> {
  const { path, remove } = await temporaryFolder();
  cleanups.push(remove);
  const store = await openFileStore(path);
  const told: Opened['told'] = [];
  const lying = async () => (await readdir(join(path, 'models'), { recursive: true, withFileTypes: true }).catch(() => []))
    .filter((entry) => entry.isFile()).map(({ name }) => name);
  const shelf = tinyShelf(path, store, { onLoading: (_, file, done, total) => told.push({ file, done, total }) });
  return { shelf, store, told, lying, path, again: () => tinyShelf(path, store) };
}

/** As a browser hands them over. */
function dropped(files: ReadonlyMap<string, Uint8Array>): Map<string, ByteSource> {
  return new Map([...files].map(([name, bytes]) => [name, blobSource(new Blob([bytes as Uint8Array<ArrayBuffer>]))]));
}

describe('a student that is brought', () => {
  it('is copied once, and is there after a reload without its files', async () => {
    const { shelf, store, told, again, lying } = await opened();
    const id = await shelf.keep('mine', dropped(tinyStudentFiles()));
    expect(id).toMatch(/^@own\/[0-9a-f]{16}$/);
    expect(told[0]).toMatchObject({ file: 'its numbers' });
    expect(told.at(-1)).toMatchObject({ file: 'model.safetensors' });
    expect(told.at(-1)?.done).toBe(told.at(-1)?.total);
    const facts = await again().facts(id);
    expect(facts).toMatchObject({ title: 'mine', formats: ['F32'], tokens: 23, chat: false });
    expect(facts.bytes).toBe(4 * facts.parameters);
    expect(await store.all('students')).toMatchObject([{ id, title: 'mine', kind: 'files', parameters: facts.parameters }]);
    const copied = await lying();
    told.length = 0;
    expect(await shelf.keep('mine', dropped(tinyStudentFiles()))).toBe(id);
    expect(told.some(({ file }) => file === 'model.safetensors')).toBe(false);
    expect(await lying()).toEqual(copied);
    expect(await shelf.keep('other', dropped(tinyStudentFiles(2)))).not.toBe(id);
  });

  it.each([
    ['cut short', (files: Map<string, Uint8Array>) => files.set('model.safetensors', (files.get('model.safetensors') as Uint8Array).slice(0, 900)), 'model-bad-weights'],
    ['with a value that is not a number', (files: Map<string, Uint8Array>) => {
      const bytes = (files.get('model.safetensors') as Uint8Array).slice();
      new DataView(bytes.buffer).setFloat32(bytes.length - 4, NaN, true);
      return files.set('model.safetensors', bytes);
    }, 'model-bad-weights'],
    ['without a tokenizer', (files: Map<string, Uint8Array>) => (files.delete('tokenizer.json'), files), 'model-missing-file'],
  ])('%s is refused, and nothing of it stays', async (_, broken, code) => {
    const { shelf, store, lying } = await opened();
    await expect(shelf.keep('broken', dropped(broken(tinyStudentFiles())))).rejects.toMatchObject({ code });
    expect(await lying()).toEqual([]);
    expect(await store.all('students')).toEqual([]);
  });

  it('leaves nothing when it is stopped in the middle, and what a closed tab left is swept', async () => {
    const { shelf, store, lying, path } = await opened();
    const stopping = tinyShelf(path, store, { onLoading: (name, file) => file !== 'its numbers' && stopping.stop(name) });
    await expect(stopping.keep('mine', dropped(tinyStudentFiles()))).rejects.toMatchObject({ name: 'AbortError' });
    expect(await lying()).toEqual([]);
    const cache = nodeFileCache(join(path, 'models'));
    for (const [file, text] of [['@own/abc/0', 'half a model'], ['@copying', '@own/abc']]) {
      const sink = await cache.append(file, 0);
      await sink.write(new TextEncoder().encode(text));
      await sink.close();
    }
    await shelf.sweep();
    expect(await lying()).toEqual([]);
  });

  it('is removed with the adapters on it, and then says how to get it back', async () => {
    const { shelf, store, lying, again } = await opened();
    const id = await shelf.keep('mine', dropped(tinyStudentFiles()));
    const { config } = await tinyStudent();
    const adapter = freshAdapter(config, { rank: 2, alpha: 4, dropout: 0, targets: ['q_proj'], rankStabilised: false }, 1);
    const on = await shelf.keep('better', memorySources(adapterToFiles(adapter, config, 'mine')), id);
    expect(await again().facts(on)).toMatchObject({ title: 'mine + better', adapter: { rank: 2, targets: ['q_proj'] } });
    await expect(shelf.keep('third', memorySources(adapterToFiles(adapter, config, 'mine')), on)).rejects.toMatchObject({ code: 'adapter-on-adapter' });
    await shelf.forget(id);
    expect(await store.all('students')).toEqual([]);
    expect(await lying()).toEqual([]);
    await expect(again().load(id)).rejects.toMatchObject({ code: 'studio-no-student' });
  });
});

describe('of every shape', () => {
  const wanted = hasSharedData('stories260k') && hasSharedData('babyllama-tok105');
  it.skipIf(!wanted)('a GGUF, a llama2.c file with its tokenizer, a folder (needs the shared test data)', async () => {
    const { shelf } = await opened();
    const gguf = sharedFiles('stories260k', 'derived');
    const [name, bytes] = [...gguf].find(([file]) => file.endsWith('q8_0.gguf')) as [string, Uint8Array];
    const quantised = await shelf.facts(await shelf.keep('a', dropped(new Map([[name, bytes]]))));
    const bin = await shelf.facts(await shelf.keep('b', dropped(sharedFiles('stories260k'))));
    const folder = await shelf.facts(await shelf.keep('c', dropped(sharedFiles('stories260k', 'derived', 'hf'))));
    expect(quantised.formats).toContain('Q8_0');
    for (const facts of [quantised, bin]) expect(facts.parameters).toBe(folder.parameters);
  });
});
