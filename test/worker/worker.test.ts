// @vitest-environment node
// The worker's host and the page's client, talking over a real message channel; stages that need no adapter do the work.
import { openSentenceModel } from '../../src/cli/sentenceModel';
import { afterEach, describe, expect, it } from 'vitest';
import { wait } from '../../src/core/clock';
import { gather } from '../../src/model/export/pieces';
import { openFileStore } from '../../src/store/fileStore';
import type { Project, StudioStore } from '../../src/store/types';
import { StudioClient } from '../../src/worker/client';
import { Host, type Surroundings } from '../../src/worker/host';
import type { Command, Event, Stage } from '../../src/worker/protocol';
import { temporaryFolder, tinyProject, tinyShelf } from '../studio/tinyProject';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

interface Studio {
  client: StudioClient;
  store: StudioStore;
  events: Event[];
  commands: Command[];
  /** As the browser tells of a worker that died. */
  die(message: string): void;
  /** Workers made so far. */
  born(): number;
}

async function studio(projects: Project[], more: Partial<Surroundings> = {}): Promise<Studio> {
  const { path, remove } = await temporaryFolder();
  cleanups.push(remove);
  const store = await openFileStore(path);
  await store.put('projects', projects);
  const commands: Command[] = [];
  let workers: EventTarget[] = [];
  const create = (): Worker => {
    const { port1, port2 } = new MessageChannel();
    const host = new Host({
      store,
      openEngine: async () => { throw Object.assign(new Error('this machine has no adapter')); },
      shelf: tinyShelf(path, store),
      sentenceModel: openSentenceModel,
      keepBlob: async (pieces) => new Blob([await gather(pieces) as Uint8Array<ArrayBuffer>]),
      exclusively: async (_, work) => work().then(() => true),
      post: (event) => port2.postMessage(event),
      ...more,
    });
    port2.onmessage = ({ data }: MessageEvent<Command>) => {
      commands.push(data);
      host.take(data);
    };
    const worker = Object.assign(new EventTarget(), { postMessage: (data: unknown) => port1.postMessage(data), terminate: () => port1.close() });
    port1.onmessage = ({ data }) => worker.dispatchEvent(new MessageEvent('message', { data }));
    cleanups.push(() => port1.close());
    workers = [...workers, worker];
    return worker as unknown as Worker;
  };
  const client = new StudioClient(create, 'https://studio.example/page/');
  const events: Event[] = [];
  client.on((event) => events.push(event));
  const die = (message: string) => workers.at(-1)?.dispatchEvent(Object.assign(new globalThis.Event('error'), { message }));
  return { client, store, events, commands, die, born: () => workers.length };
}

/** The first event, past or to come, that fits. */
function first<T extends Event>({ client, events }: Studio, fits: (event: Event) => event is T): Promise<T> {
  const past = events.find(fits);
  if (past) return Promise.resolve(past);
  return new Promise((resolve) => {
    const stop = client.on((event) => {
      if (!fits(event)) return;
      stop();
      resolve(event);
    });
  });
}

function heard<T extends Event['type']>(it: Studio, type: T) {
  return first(it, (event): event is Extract<Event, { type: T }> => event.type === type);
}

function reached(it: Studio, projectId: string, stage: Stage) {
  return first(it, (event): event is Event => event.type === 'advanced' && event.projectId === projectId && event.stage === stage);
}

const asked = { text: '1+1', plain: false, options: { maxTokens: 4, temperature: 0, seed: 0 } };
const other: Project = { ...tinyProject(), id: 'other' };

describe('the worker', () => {
  it('is told first where the page is, then advances to the stage asked for', async () => {
    const it = await studio([tinyProject()]);
    it.client.send({ type: 'advance', projectId: 'tiny', to: 'skills' });
    await reached(it, 'tiny', 'skills');
    expect(it.events.flatMap((event) => (event.type === 'advanced' ? [event.stage] : []))).toEqual(['data', 'skills']);
    expect(it.commands[0]).toEqual({ type: 'open', baseUrl: 'https://studio.example/page/' });
    expect((await it.store.where('labels', 'projectId', 'tiny')).length).toBe(13);
    expect(it.born()).toBe(1);
  });

  it('does one job after the other', async () => {
    const it = await studio([tinyProject(), other]);
    it.client.send({ type: 'advance', projectId: 'tiny', to: 'skills' });
    it.client.send({ type: 'advance', projectId: 'other', to: 'skills' });
    await reached(it, 'other', 'skills');
    const order = it.events.map((event) => ('projectId' in event ? event.projectId : ''));
    expect(order.indexOf('other')).toBeGreaterThan(order.lastIndexOf('tiny'));
  });

  it('pauses between units, keeps what is stored and goes on from it', async () => {
    const it = await studio([tinyProject()]);
    const stop = it.client.on((event) => {
      if (event.type === 'progress' && event.stage === 'skills' && event.done === 3) it.client.send({ type: 'pause', projectId: 'tiny' });
    });
    it.client.send({ type: 'advance', projectId: 'tiny', to: 'skills' });
    await heard(it, 'paused');
    stop();
    const kept = (await it.store.where('labels', 'projectId', 'tiny')).length;
    expect(kept).toBeGreaterThan(1);
    expect(kept).toBeLessThan(13);
    it.events.length = 0;
    it.client.send({ type: 'advance', projectId: 'tiny', to: 'skills' });
    await reached(it, 'tiny', 'skills');
    expect((await it.store.where('labels', 'projectId', 'tiny')).length).toBe(13);
    const next = it.events.find((event) => event.type === 'progress' && event.stage === 'skills');
    expect(next).toMatchObject({ done: kept + 1, total: 14 });
  });

  it('tells of what fails and takes the next job', async () => {
    const it = await studio([tinyProject()]);
    it.client.send({ type: 'advance', projectId: 'nobody', to: 'data' });
    it.client.send({ type: 'advance', projectId: 'tiny', to: 'data' });
    expect(await heard(it, 'failed')).toMatchObject({ projectId: 'nobody', error: { code: 'studio-no-project' } });
    await reached(it, 'tiny', 'data');
  });

  it('leaves a project alone that another tab works on', async () => {
    const it = await studio([tinyProject()], { exclusively: async () => false });
    it.client.send({ type: 'advance', projectId: 'tiny', to: 'data' });
    expect((await heard(it, 'failed')).error.code).toBe('studio-other-tab');
  });

  it('cancels: begun runs start afresh, finished ones stay', async () => {
    const it = await studio([tinyProject()]);
    const run = {
      projectId: 'tiny', arm: 'sft', kind: 'sft' as const, learningRate: 1, steps: 30, tokens: 9, effectiveSampleSize: 1, chosen: true,
    };
    await it.store.put('runs', [{ ...run, id: 'tiny/a@1', status: 'paused', step: 25 }, { ...run, id: 'tiny/b@1', status: 'finished', step: 30 }]);
    await it.store.writeBlob('tiny/a@1/checkpoint', Uint8Array.of(1));
    await it.store.put('metrics', [{ key: 'tiny/a@1/00000001', runId: 'tiny/a@1', projectId: 'tiny', steps: [] }]);
    it.client.send({ type: 'cancel', projectId: 'tiny' });
    await heard(it, 'paused');
    expect(await it.store.all('runs')).toMatchObject([{ status: 'queued', step: 0, tokens: 0 }, { status: 'finished', step: 30, tokens: 9 }]);
    expect(await it.store.listBlobs('')).toEqual([]);
    expect(await it.store.all('metrics')).toEqual([]);
  });

  it('answers every request, also with why it cannot', async () => {
    const it = await studio([tinyProject()]);
    const replies = await Promise.all([it.client.describeAdapter(), it.client.selftest(), it.client.answer('tiny', ['base'], asked, () => {}, new AbortController().signal), it.client.tune('students/tiny', 64, false, new AbortController().signal), it.client.forgetKernels()]);
    expect(replies.map((reply) => reply.error?.message)).toEqual(Array(5).fill('this machine has no adapter'));
  });

  it('packs a student to take home, tells how far it is, and stops when told to', async () => {
    const it = await studio([tinyProject()]);
    const wanted = { projectId: 'tiny', run: 'base', kind: 'safetensors', format: 'F16' } as const;
    const told = new Map<string, number>();
    const { files, zip, error } = await it.client.export(wanted, (file, bytes) => told.set(file, bytes), new AbortController().signal);
    expect(error).toBeUndefined();
    expect(files.map(({ name }) => name)).toEqual(['config.json', 'tokenizer.json', 'tokenizer_config.json', 'model.safetensors', 'README.md']);
    expect(new Map(files.map(({ name, bytes }) => [name, bytes]))).toEqual(told);
    expect(zip?.size).toBeGreaterThan(files.reduce((sum, { bytes }) => sum + bytes, 0));
    const stop = new AbortController();
    const slow = await studio([tinyProject()], {
      async keepBlob(pieces) {
        for await (const _ of pieces) await wait(20);
        return new Blob();
      },
    });
    const stopped = await slow.client.export(wanted, () => stop.abort(), stop.signal);
    expect(stopped).toMatchObject({ files: [], error: { code: 'cancelled' } });
    expect((await it.client.export({ ...wanted, kind: 'peft', format: undefined }, () => {}, stop.signal)).error?.code).toBe('export-no-adapter');
  });

  it('shows a row as the student sees it, or says why it cannot', async () => {
    const { client } = await studio([tinyProject()]);
    const { preview } = await client.preview('students/tiny', '1+2', '3');
    expect(preview?.tokens.map(({ text, learned }) => (learned ? `[${text}]` : text)).join('')).toBe('<bos>1+2\n[3][<eos>]');
    expect(preview).toMatchObject({ total: 7, learned: 2 });
    expect((await client.preview('students/tiny', '1'.repeat(200), '3')).error).toMatchObject({ code: 'prompt-too-long' });
  });

  it('that dies is replaced, and nobody waits for it for ever', async () => {
    const never = new Promise<never>(() => {});
    const it = await studio([tinyProject()], { openEngine: () => never, exclusively: () => never });
    const reply = it.client.describeAdapter();
    it.client.send({ type: 'advance', projectId: 'tiny', to: 'data' });
    it.die('out of memory');
    expect((await reply).error).toMatchObject({ code: 'worker-died', where: 'out of memory' });
    expect((await heard(it, 'failed')).projectId).toBe('tiny');
    void it.client.describeAdapter();
    expect(it.born()).toBe(2);
    await expect.poll(() => it.commands.filter((command) => command.type === 'open').length).toBe(2);
  });
});
