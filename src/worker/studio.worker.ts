/** The worker: gives the host its store, its adapter, its students and a lock across tabs. */
import { setDoor } from '../core/networkDoor';
import { ADAPTER_CHOICES, openEngine } from '../gpu/choose';
import type { Engine } from '../gpu/device';
import { fetchStudent } from '../model/load';
import { openBrowserStore } from '../store/dexieStore';
import { opfsFileCache } from '../store/opfsFileCache';
import type { SentenceModel } from '../studio/sentenceModel';
import { StudentShelf } from '../studio/shelf';
import { Host } from './host';
import type { Command, Event } from './protocol';
import { startThread } from './startThread';

/** Progress is told in steps of this many bytes: chunks of the network are far smaller. */
const TOLD_EVERY = 1e6;

/** A pause so long is not one between two clicks. */
const REST_MS = 3000;

/** Where a zip file waits for the page to hand it out. */
const EXPORT = '@export';

const scope = self as unknown as DedicatedWorkerGlobalScope;
const store = openBrowserStore();
let baseUrl: string = scope.location.href;
const cache = opfsFileCache('models');
let told = { name: '', done: 0 };

const shelf = new StudentShelf({
  cache, store, exclusively, onLoading,
  fetchShipped: (folder) => fetchStudent(new URL(folder, baseUrl).href),
});
const host = new Host({ store, openEngine: openPageEngine, shelf, sentenceModel, keepBlob, exclusively, post: (event) => scope.postMessage(event), restMs: REST_MS });
void shelf.sweep();
void cache.remove(EXPORT);

scope.addEventListener('message', ({ data }: MessageEvent<Command>) => {
  if (data.type === 'open') baseUrl = data.baseUrl;
  if (data.type === 'door') setDoor(data.door, baseUrl);
  host.take(data);
});

/** `?adapter=cpu` or `?adapter=software` in the page's address asks for a device by kind. Memory is shared only in an isolated page. */
function openPageEngine(): Promise<Engine> {
  const asked = new URL(baseUrl).searchParams.get('adapter');
  const choice = ADAPTER_CHOICES.find((known) => known === asked) ?? 'best';
  const threads = scope.crossOriginIsolated ? scope.navigator.hardwareConcurrency : 1;
  return openEngine(choice, scope.navigator.gpu, { threads, startThread });
}

/** A part of its own, with TF.js in it. */
async function sentenceModel(): Promise<SentenceModel> {
  return (await import('./sentenceModel')).openSentenceModel();
}

async function keepBlob(pieces: AsyncIterable<Uint8Array>): Promise<Blob> {
  await cache.remove(EXPORT);
  const sink = await cache.append(EXPORT, 0);
  try {
    for await (const piece of pieces) await sink.write(piece);
  } finally {
    await sink.close();
  }
  return cache.blob(EXPORT);
}

function onLoading(student: string, file: string, done: number, total: number): void {
  if (student === told.name && done < total && done >= told.done && done - told.done < TOLD_EVERY) return;
  told = { name: student, done };
  scope.postMessage({ type: 'studentLoading', student, file, done, total } satisfies Event);
}

async function exclusively(name: string, work: () => Promise<void>): Promise<boolean> {
  // Absent outside secure contexts, where there is no adapter either.
  if (!('locks' in scope.navigator)) {
    await work();
    return true;
  }
  return scope.navigator.locks.request(name, { ifAvailable: true }, async (lock) => {
    if (lock) await work();
    return lock !== null;
  });
}
