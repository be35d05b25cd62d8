/** The worker: gives the host its store, its adapter, its students and a lock across tabs. */
import { setDoor } from '../core/networkDoor';
import { ADAPTER_CHOICES, openEngine } from '../gpu/choose';
import type { Engine } from '../gpu/device';
import { fetchStudent } from '../model/load';
import { loadRepository } from '../model/loadRepository';
import { isRepositoryName } from '../model/repositoryName';
import { openStudent } from '../model/student';
import type { Student } from '../model/types';
import { openBrowserStore } from '../store/dexieStore';
import { opfsFileCache } from '../store/opfsFileCache';
import { importedStudent } from '../studio/students';
import { Host } from './host';
import type { Command, Event } from './protocol';
import { startThread } from './startThread';

const scope = self as unknown as DedicatedWorkerGlobalScope;
const store = openBrowserStore();
const students = new Map<string, Promise<Student>>();
let baseUrl: string = scope.location.href;
let token: string | undefined;

const host = new Host({
  store,
  openEngine: openPageEngine,
  loadStudent,
  exclusively,
  post: (event) => scope.postMessage(event),
});

scope.addEventListener('message', ({ data }: MessageEvent<Command>) => {
  if (data.type === 'open') baseUrl = data.baseUrl;
  if (data.type === 'door') setDoor(data.door, baseUrl);
  if (data.type === 'hubToken') token = data.token;
  host.take(data);
});

/** `?adapter=cpu` or `?adapter=software` in the page's address asks for a device by kind. Memory is shared only in an isolated page. */
function openPageEngine(): Promise<Engine> {
  const asked = new URL(baseUrl).searchParams.get('adapter');
  const choice = ADAPTER_CHOICES.find((known) => known === asked) ?? 'best';
  const threads = scope.crossOriginIsolated ? scope.navigator.hardwareConcurrency : 1;
  return openEngine(choice, scope.navigator.gpu, { threads, startThread });
}

/** Shipped students live under `students/` beside the page; a repository's are fetched and kept; any other name is an imported one. Each is read once. */
function loadStudent(name: string): Promise<Student> {
  const known = students.get(name);
  if (known) return known;
  const student = openNamed(name);
  student.catch(() => students.delete(name));
  students.set(name, student);
  return student;
}

function openNamed(name: string): Promise<Student> {
  if (name.startsWith('students/')) return fetchStudent(new URL(name, baseUrl).href);
  return isRepositoryName(name) ? openRepository(name) : importedStudent(store, name);
}

/** Progress is told in steps of a megabyte: chunks of the network are far smaller. */
async function openRepository(name: string): Promise<Student> {
  let told = -Infinity;
  const files = await loadRepository(name, {
    cache: opfsFileCache('models'), token,
    onProgress: ({ file, done, total }) => {
      if (done < total && done - told < 1e6) return;
      told = done;
      scope.postMessage({ type: 'studentLoading', student: name, file, done, total } satisfies Event);
    },
  });
  return openStudent(name, files);
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
