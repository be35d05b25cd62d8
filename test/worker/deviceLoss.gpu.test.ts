// A lost adapter in the middle of a run: the host opens it again, and the run ends with the bits of one that never lost it.
import { openSentenceModel } from '../../src/cli/sentenceModel';
import { create, globals } from 'webgpu';
import { afterAll, expect, it } from 'vitest';
import { findAdapter, openWebGpu, type WebGpuEngine } from '../../src/gpu/webgpu';
import { openFileStore } from '../../src/store/fileStore';
import { Host } from '../../src/worker/host';
import type { Event } from '../../src/worker/protocol';
import { outcome, temporaryFolder, tinyProject, tinyShelf } from '../studio/tinyProject';

Object.assign(globalThis, globals);
const gpu = create([]) as unknown as GPU;
const removals: (() => Promise<void>)[] = [];
afterAll(async () => {
  for (const remove of removals) await remove();
});

/** Runs the tiny project as the worker would; after each number of steps in `losses` the device is destroyed. */
async function run(losses: number[]): Promise<{ path: string; events: Event[]; opened: number }> {
  const { path, remove } = await temporaryFolder();
  removals.push(remove);
  const store = await openFileStore(path);
  await store.put('projects', [tinyProject()]);
  const engines: WebGpuEngine[] = [];
  const events: Event[] = [];
  let steps = 0;
  await new Promise<void>((resolve) => {
    const host = new Host({
      store,
      openEngine: async () => engines[engines.push(await openWebGpu(await findAdapter(gpu))) - 1],
      shelf: tinyShelf(path, store),
      sentenceModel: openSentenceModel,
      keepBlob: async () => new Blob(),
      exclusively: async (_, work) => work().then(() => true),
      post(event) {
        events.push(event);
        if (event.type === 'stepFinished' && ++steps === losses[0]) {
          losses.shift();
          engines.at(-1)?.device.destroy();
        }
        if (event.type === 'failed' || (event.type === 'advanced' && event.stage === 'compare')) resolve();
      },
    });
    host.take({ type: 'advance', projectId: 'tiny', to: 'compare' });
  });
  engines.at(-1)?.device.destroy();
  return { path, events, opened: engines.length };
}

it('is opened again, and the run goes on from its checkpoint', async () => {
  const whole = await run([]);
  expect(whole.opened).toBe(1);
  const broken = await run([4, 40]);
  expect(broken.events.filter((event) => event.type === 'failed')).toEqual([]);
  expect(broken.events.filter((event) => event.type === 'deviceLost').map((event) => event.error.code)).toEqual(['gpu-lost', 'gpu-lost']);
  expect(broken.opened).toBe(3);
  expect(await outcome(broken.path)).toEqual(await outcome(whole.path));
});

it('is given up after the third time, with what was kept', async () => {
  const { events, path } = await run([1, 2, 3, 4]);
  const last = events.at(-1);
  expect(last).toMatchObject({ type: 'failed', error: { code: 'gpu-lost', kept: 'Everything up to the last checkpoint is kept.' } });
  expect(events.filter((event) => event.type === 'deviceLost').length).toBe(3);
  expect(((await outcome(path)).labels as unknown[]).length).toBe(13);
});
