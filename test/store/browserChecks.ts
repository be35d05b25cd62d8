// Runs in a real browser, in the page and again in a worker: the conformance checks over IndexedDB and OPFS.
import { openBrowserStore } from '../../src/store/dexieStore';
import { watch } from '../../src/store/live';
import { opfsFileCache } from '../../src/store/opfsFileCache';
import { CHECKS } from './conformance';
import { checkFileCache } from './fileCacheCheck';

const inPage = typeof document !== 'undefined';
const place = inPage ? 'page' : 'worker';

/** Check name → `passed` or what went wrong. */
async function runChecks(): Promise<Record<string, string>> {
  const results: Record<string, string> = {};
  for (const [i, [name, check]] of Object.entries(CHECKS).entries()) {
    const database = `${place}-${i}`;
    const outcome = check({ store: openBrowserStore(database), reopen: async () => openBrowserStore(database) });
    results[`${place}: ${name}`] = await outcome.then(() => 'passed', (thrown: Error) => thrown.message);
  }
  results[`${place}: a torn newest version gives the one before it`] = await tornVersion().then(() => 'passed', (thrown: Error) => thrown.message);
  results[`${place}: model files`] = await checkFileCache(opfsFileCache(`files-${place}`)).then(() => 'passed', (thrown: Error) => thrown.message);
  return results;
}

async function tornVersion(): Promise<void> {
  const name = `torn-${place}`;
  const store = openBrowserStore(name);
  await store.writeBlob('a/b', Uint8Array.of(1, 2, 3));
  const folder = await (await (await navigator.storage.getDirectory()).getDirectoryHandle(name)).getDirectoryHandle('a');
  const torn = await (await folder.getFileHandle('b~2', { create: true })).createWritable();
  await torn.write(Uint8Array.of(9, 9, 9));
  await torn.close();
  const read = await store.readBlob('a/b');
  if (read?.join() !== '1,2,3') throw new Error(`read ${read?.join()}`);
  await store.writeBlob('a/b', Uint8Array.of(4));
  const names: string[] = [];
  for await (const key of folder.keys()) names.push(key);
  if (names.join() !== 'b~3') throw new Error(`left ${names.join()}`);
}

/** Writes made in the worker are seen by a live query in the page. */
async function seenLive(worker: Worker): Promise<string> {
  const store = openBrowserStore('live');
  const seen: (string | undefined)[] = [];
  return new Promise((resolve) => {
    const stop = watch(() => store.get('skills', 'p/add'), (row) => {
      seen.push(row?.description);
      if (seen.length === 1) worker.postMessage('write');
      if (row) {
        stop();
        resolve(seen.join() === ',written by the worker' ? 'passed' : seen.join());
      }
    }, (thrown) => resolve(String(thrown)));
  });
}

if (inPage) {
  const worker = new Worker('/checks.js', { type: 'module' });
  const fromWorker = new Promise<Record<string, string>>((resolve) => {
    worker.addEventListener('message', ({ data }: MessageEvent<Record<string, string>>) => resolve(data));
  });
  const results = { ...(await runChecks()), ...(await fromWorker), 'live across threads': await seenLive(worker) };
  Object.assign(globalThis, { results });
} else {
  addEventListener('message', () => {
    const row = { key: 'p/add', projectId: 'p', name: 'add', description: 'written by the worker' };
    void openBrowserStore('live').put('skills', [row]);
  });
  postMessage(await runChecks());
}
