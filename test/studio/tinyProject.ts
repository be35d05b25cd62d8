// A whole project small enough for a software adapter, with a real student, a real teacher and a real engine.
import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Engine } from '../../src/gpu/device';
import type { Student } from '../../src/model/types';
import { worldById } from '../../src/data/worlds';
import { openFileStore } from '../../src/store/fileStore';
import { TABLE_NAMES } from '../../src/store/schema';
import type { Project, StudioStore } from '../../src/store/types';
import { freshStudent } from '../../src/studio/freshStudent';
import type { Dependencies } from '../../src/studio/job';
import { StudentShelf, type ShelfSurroundings } from '../../src/studio/shelf';
import { nodeFileCache } from '../../src/store/nodeFileCache';
import { demoProject } from '../../src/studio/project';
import { teacherOf } from '../../src/studio/teacherOf';

export function tinyStudent(): Promise<Student> {
  return freshStudent('tiny', worldById('B1'), 0, { width: 16, layers: 1, heads: 2, hidden: 24, context: 96 });
}

/** Two arms besides the base, one with two rates, and one reinforced; 30 steps, so that a run has a checkpoint in its middle. */
export function tinyProject(): Project {
  const demo = demoProject('B1', 0, 'tiny');
  return {
    ...demo,
    arms: [
      { name: 'base', kind: 'base', learningRate: 0 },
      { name: 'sft', kind: 'sft', learningRate: 1e-3, learningRates: [1e-3, 3e-3] },
      { name: 'stat-sel', kind: 'stat-sel', learningRate: 1e-3, drawsPerSkill: 2 },
      {
        name: 'grpo', kind: 'grpo', learningRate: 1e-3, from: 'stat-sel',
        reinforcement: { updates: 3, updatesEach: 1, questions: 2, group: 3, ask: 'missing', kl: 0, scale: 'std', mean: 'answer', formatReward: 1 },
      },
    ],
    training: { ...demo.training, steps: 30, batch: 2, warmup: 2 },
    generation: { maxTokens: 4, temperature: 0.8, seed: 7 },
    limits: { validation: 12, test: 12 },
  };
}

export function dependencies(project: Project, store: StudioStore, openEngine: () => Promise<Engine>, more: Partial<Dependencies> = {}): Dependencies {
  return {
    store,
    openEngine,
    teacher: () => teacherOf(project, store),
    loadStudent: async () => tinyStudent(),
    onEvent: () => {},
    signal: new AbortController().signal,
    ...more,
  };
}

/** A shelf over files under `path`, on which the tiny student stands for all shipped ones. */
export function tinyShelf(path: string, store: StudioStore, more: Partial<ShelfSurroundings> = {}): StudentShelf {
  return new StudentShelf({
    store, cache: nodeFileCache(join(path, 'models')), fetchShipped: () => tinyStudent(), onLoading: () => {},
    exclusively: async (_, work) => work().then(() => true),
    ...more,
  });
}

/** A folder for one test, and the way to remove it. */
export async function temporaryFolder(): Promise<{ path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'stat-studio-'));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}

/** Everything stored that the seed decides: all rows without their times, and all files. */
export async function outcome(folder: string): Promise<Record<string, unknown>> {
  const store = await openFileStore(folder);
  const found: Record<string, unknown> = {};
  for (const table of TABLE_NAMES) {
    const rows = await store.all(table);
    found[table] = JSON.parse(JSON.stringify(rows, (key, value: unknown) => (TIMES.has(key) ? undefined : value)));
  }
  // Slices of the log depend on where it was interrupted; the steps in them do not.
  found.metrics = (await store.all('metrics')).flatMap((row) => row.steps.map(({ msPerStep: _, ...step }) => ({ run: row.runId, ...step })));
  for (const path of await store.listBlobs('')) found[path] = createHash('sha256').update((await store.readBlob(path)) ?? '').digest('hex');
  return found;
}

const TIMES = new Set(['createdAt', 'startedAt', 'finishedAt', 'msPerStep', 'held']);

/** A store that dies at its `fatal`-th write, before or after doing it, as a closed tab would. Counts writes in `writes`. */
export function mortal(store: StudioStore, fatal: number, done: 'before' | 'after'): { store: StudioStore; writes: () => number } {
  let writes = 0;
  let dead = false;
  const guarded = async <T>(call: () => Promise<T>): Promise<T> => {
    writes++;
    if (dead || (writes === fatal && done === 'before')) {
      dead = true;
      throw new Error('killed');
    }
    const result = await call();
    if (writes === fatal) {
      dead = true;
      throw new Error('killed');
    }
    return result;
  };
  return {
    writes: () => writes,
    store: {
      get: (table, key) => store.get(table, key),
      where: (table, field, value) => store.where(table, field, value),
      all: (table) => store.all(table),
      readBlob: (path) => store.readBlob(path),
      listBlobs: (prefix) => store.listBlobs(prefix),
      put: (table, rows) => guarded(() => store.put(table, rows)),
      remove: (table, keys) => guarded(() => store.remove(table, keys)),
      writeBlob: (path, bytes) => guarded(() => store.writeBlob(path, bytes)),
      removeBlob: (path) => guarded(() => store.removeBlob(path)),
    },
  };
}
