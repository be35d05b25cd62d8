// Arms that train an adapter on packed weights, beside one that trains them all: kept apart, gone on with to the same bits, reinforced.
import { afterAll, expect, it } from 'vitest';
import { worldById } from '../../src/data/worlds';
import { memorySources } from '../../src/model/byteSource';
import { parseRun } from '../../src/model/export/card';
import { gather, type Pieces } from '../../src/model/export/pieces';
import { readAdapter } from '../../src/model/peft';
import { openStudent } from '../../src/model/student';
import { openFileStore } from '../../src/store/fileStore';
import type { Project, StudioStore } from '../../src/store/types';
import { projectFit } from '../../src/studio/fit';
import { freshStudent } from '../../src/studio/freshStudent';
import { advance } from '../../src/studio/pipeline';
import { answerSideBySide } from '../../src/studio/sideBySide';
import { exportRun } from '../../src/studio/takeHome';
import { trainedStudent } from '../../src/studio/tuning';
import { testEngine } from '../gpu/engine';
import { dependencies, outcome, temporaryFolder, tinyProject } from './tinyProject';

const removals: (() => Promise<void>)[] = [];
afterAll(async () => {
  for (const remove of removals) await remove();
});

const lora = { rank: 2, alpha: 4, dropout: 0.1, targets: ['q_proj', 'down_proj'], rankStabilised: false };
const student = freshStudent('tiny', worldById('B1'), 0, { width: 32, layers: 1, heads: 2, hidden: 64, context: 96 });
const tiny = tinyProject();
const project: Project = {
  ...tiny,
  lora, base: 'q8',
  arms: [
    { name: 'base', kind: 'base', learningRate: 0 },
    { name: 'sft', kind: 'sft', learningRate: 0.1 },
    { name: 'full', kind: 'sft', learningRate: 1e-3, lora: false },
    { name: 'grpo', kind: 'grpo', learningRate: 1e-2, from: 'sft', reinforcement: { updates: 2, questions: 2, group: 3, kl: 0.1, formatReward: 1 } },
  ],
  training: { ...tiny.training, steps: 8, batch: 2, warmup: 1 },
  limits: { validation: 4, test: 4 },
};

/** Runs it to the end; stopped after each number of training steps in `stops`, and begun again. */
async function finished(stops: number[]): Promise<{ path: string; store: StudioStore }> {
  const { path, remove } = await temporaryFolder();
  removals.push(remove);
  const store = await openFileStore(path);
  await store.put('projects', [project]);
  for (;;) {
    const stop = new AbortController();
    let left = stops.shift() ?? Infinity;
    const onEvent = (event: { type: string }) => event.type === 'stepFinished' && --left === 0 && stop.abort();
    const deps = dependencies(project, store, testEngine, { signal: stop.signal, onEvent, loadStudent: () => student });
    const ended = await advance(project, 'compare', deps).then(() => true, (thrown: unknown) => {
      if (!stop.signal.aborted) throw thrown;
      return false;
    });
    if (ended) return { path, store };
  }
}

it('keeps adapters where adapters are trained, and ends with the same bits after pauses', async () => {
  const { path, store } = await finished([]);
  const whole = await outcome(path);
  const files = Object.keys(whole).filter((key) => key.includes('/')).sort();
  const run = (arm: string, rate: number) => `tiny/${arm}@${rate}`;
  expect(files).toEqual([
    `${run('full', 1e-3)}/model.safetensors`, `${run('grpo', 1e-2)}/adapter_config.json`, `${run('grpo', 1e-2)}/adapter_model.safetensors`,
    `${run('grpo', 1e-2)}/groups.json`, `${run('sft', 0.1)}/adapter_config.json`, `${run('sft', 0.1)}/adapter_model.safetensors`,
  ]);
  for (const row of await store.where('runs', 'projectId', 'tiny')) expect(row).toMatchObject({ status: 'finished', device: expect.any(String) as string });
  const fit = await projectFit(await testEngine(), { project, store, loadStudent: () => student });
  expect(fit.reinforcing?.parts.cache).toBeGreaterThan(0);
  for (const { memory, kind } of await store.where('runs', 'projectId', 'tiny')) {
    expect(memory?.held).toBeGreaterThan(0);
    expect(memory?.held).toBeLessThanOrEqual(memory?.planned ?? 0);
    if (kind === 'grpo') expect(memory?.planned).toBeLessThanOrEqual(fit.reinforcing?.total ?? 0);
  }

  const base = await student;
  const bytes = async (file: string) => [file, await store.readBlob(`${run('sft', 0.1)}/${file}`) as Uint8Array] as const;
  const adapter = await readAdapter(memorySources(new Map([await bytes('adapter_config.json'), await bytes('adapter_model.safetensors')])), base.config);
  expect(adapter.settings).toEqual(lora);
  const moved = [...adapter.params].filter(([name]) => name.endsWith('lora_B.weight')).every(([, { data }]) => data.some((value) => value !== 0));
  expect(moved).toBe(true);
  const [tuned, full] = await Promise.all(['sft@0.1', 'full@0.001'].map((id) => trainedStudent(project, store, `tiny/${id}`, { ...base, packing: 'q8' })));
  expect(tuned).toMatchObject({ packing: 'q8', adapter: { settings: lora } });
  expect(full.adapter).toBeUndefined();
  expect(full.packing).toBeUndefined();
  const asked = { text: 'what is 1+2', plain: false, options: { maxTokens: 24, temperature: 1, seed: 3 } };
  const students = { project, store, loadStudent: () => student };
  const told: string[] = [];
  const texts = await answerSideBySide(await testEngine(), students, ['base', 'tiny/sft@0.1', 'base'], asked, (run, text) => told.push(`${run}: ${text}`));
  expect(texts[2]).toBe(texts[0]);
  expect(texts[1]).not.toBe(texts[0]);
  expect(told.at(-1)).toBe(`base: ${texts[0]}`);

  const taken = await exportRun(students, 'tiny/sft@0.1', 'peft');
  expect([...taken.keys()]).toEqual(['adapter_config.json', 'adapter_model.safetensors', 'run.json', 'README.md']);
  expect(await gather(taken.get('adapter_model.safetensors') as Pieces)).toEqual((await bytes('adapter_model.safetensors'))[1]);
  const record = parseRun(new TextDecoder().decode(await gather(taken.get('run.json') as Pieces)));
  expect(record).toMatchObject({ student: 'tiny', data: 'world B1, seed 0', options: { arm: 'sft', steps: 8, learningRate: 0.1, base: 'q8' }, tokens: expect.any(Number) as number });
  await expect(exportRun(students, 'tiny/full@0.001', 'peft')).rejects.toMatchObject({ code: 'export-no-adapter' });
  const merged = await exportRun(students, 'tiny/grpo@0.01', 'safetensors', 'F16');
  const opened = await openStudent('merged', memorySources(new Map(await Promise.all([...merged].map(async ([name, pieces]) => [name, await gather(pieces)] as const)))));
  expect(opened.config).toEqual(base.config);

  expect(await outcome((await finished([3, 9, 17])).path)).toEqual(whole);
});

it('says before anything is answered that the student lacks a layer', async () => {
  const { path, remove } = await temporaryFolder();
  removals.push(remove);
  const store = await openFileStore(path);
  const wrong = { ...project, lora: { ...lora, targets: ['c_attn'] } };
  await expect(advance(wrong, 'student', dependencies(wrong, store, testEngine, { loadStudent: () => student }))).rejects.toMatchObject({ code: 'adapter-unknown-target' });
});
