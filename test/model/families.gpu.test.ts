/**
 * Every family against PyTorch's `transformers` in f32 (test/interop/makeFamilies.py): the logits of two documents, their loss, the
 * gradient of every parameter, and greedy text by the cache.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { relativeError } from '../../src/gpu/selftest';
import { memorySource } from '../../src/model/byteSource';
import { openSafetensors } from '../../src/model/safetensors';
import { isTransposedInFiles, paramShapes } from '../../src/model/shapes';
import { studentToFiles } from '../../src/model/student';
import { paramsOf } from '../../src/model/tensorSource';
import type { Params } from '../../src/model/types';
import { exampleCoefficients, packRibbon } from '../../src/train/batch';
import { Generator } from '../../src/train/generate';
import { nll } from '../../src/train/nll';
import { TrainStep } from '../../src/train/trainStep';
import { testEngine } from '../gpu/engine';
import { hasSharedData, sharedFiles, sharedJson } from '../sharedData';
import { bareStudent, logitsOf } from './tinyFamilies';

const folder = join(import.meta.dirname, '../golden/families');
const families = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory()).map(({ name }) => name);

interface Golden {
  documents: number[][];
  loss: number;
  greedy: { prompt: number[]; ids: number[] }[];
}

async function tensors(...parts: string[]): Promise<Params> {
  return paramsOf(await openSafetensors(memorySource(new Uint8Array(readFileSync(join(folder, ...parts)))), parts.join('/')));
}

async function open(name: string) {
  const files = new Map(['config.json', 'model.safetensors'].map((file) => [file, new Uint8Array(readFileSync(join(folder, name, file)))]));
  const golden = JSON.parse(readFileSync(join(folder, name, 'expected.json'), 'utf8')) as Golden;
  return { student: await bareStudent(name, files), golden, expected: await tensors(name, 'expected.safetensors') };
}

function transposed({ shape: [rows, width], data }: { shape: number[]; data: Float32Array }): Float32Array {
  return Float32Array.from({ length: data.length }, (_, i) => data[(i % rows) * width + Math.floor(i / rows)]);
}

describe.each(families)('%s', (name) => {
  it('gives the expected logits', async () => {
    const { student, golden, expected } = await open(name);
    const { logitCap } = student.config;
    const logits = (await logitsOf(student, golden.documents)).map((value) => (logitCap ? logitCap * Math.tanh(value / logitCap) : value));
    expect(relativeError(logits, expected.get('logits')?.data ?? [])).toBeLessThan(1e-4);
  });

  it('gives the expected loss and the expected gradient of every parameter', async () => {
    const { student, golden, expected } = await open(name);
    const examples = golden.documents.map((ids) => ({ ids, lossFrom: 1, weight: 1 }));
    const ribbon = packRibbon(examples, exampleCoefficients(examples, 'token'));
    const programs = await TrainStep.create(await testEngine(), student, ribbon.capacity);
    programs.begin();
    await programs.accumulate(ribbon);
    const found = await programs.readGradients();
    const losses = await programs.score(ribbon);
    await programs.dispose();
    const loss = losses.reduce((sum, value, t) => sum + value * ribbon.coefficients[t], 0);
    expect(Math.abs(loss - golden.loss) / golden.loss).toBeLessThan(1e-4);
    const inFiles = [...expected.keys()].filter((key) => key.startsWith('gradient ')).map((key) => key.slice('gradient '.length));
    expect(paramShapes(student.config).map(([param]) => param).sort()).toEqual(inFiles.sort());
    for (const param of inFiles) {
      const golden = expected.get(`gradient ${param}`);
      if (!golden) throw new Error('no gradient');
      const gradient = isTransposedInFiles(student.config, param) ? transposed(golden) : golden.data;
      expect(relativeError(found.get(param)?.data ?? [], gradient), param).toBeLessThan(1e-3);
    }
  });

  it('is written to a folder as its files had it', async () => {
    const { student } = await open(name);
    const written = (await studentToFiles(student)).get('model.safetensors') as Uint8Array;
    const [again, before] = [await paramsOf(await openSafetensors(memorySource(written), name)), await tensors(name, 'model.safetensors')];
    expect(new Map([...again].sort())).toEqual(new Map([...before].sort()));
  });

  it('writes the expected text, token by token from its cache', async () => {
    const { student, golden } = await open(name);
    const endless = { ...student, config: { ...student.config, eosIds: [] } };
    const generator = await Generator.create(await testEngine(), endless, student.params, { slots: 2, context: 40 });
    const answers = await generator.answer(golden.greedy.map(({ prompt }) => prompt), { maxTokens: golden.greedy[0].ids.length, temperature: 0, seed: 0 });
    generator.dispose();
    expect(answers.map(({ ids }) => ids)).toEqual(golden.greedy.map(({ ids }) => ids));
  });
});

describe.each(['tiny_llama3', 'tiny_mistral', 'tiny_qwen3', 'tiny_gemma3'])('%s', (name) => {
  it.skipIf(!hasSharedData('tiny-random'))('gives the logits of `transformers` (needs the shared test data)', async () => {
    const expected = await tensors(`${name}.safetensors`);
    const ids = [...(expected.get('ids')?.data ?? [])];
    const student = await bareStudent(name, sharedFiles('tiny-random', name));
    const logits = await logitsOf(student, [ids.slice(0, 19), ids.slice(19)]);
    expect(relativeError(logits, expected.get('logits')?.data ?? [])).toBeLessThan(1e-4);
  });
});

describe('gpt-nano-sort', () => {
  it.skipIf(!hasSharedData('gpt-nano-sort'))('sorts, and gives the expected logits (needs the shared test data)', async () => {
    const files = sharedFiles('gpt-nano-sort', 'derived', 'hf');
    const { cases } = sharedJson<{ cases: { input: number[]; greedy: number[]; logits_at_last_input: number[] }[] }>('gpt-nano-sort', 'derived', 'expected.json');
    const student = await bareStudent('gpt-nano-sort', files);
    const logits = await logitsOf(student, cases.map(({ input }) => input));
    const generator = await Generator.create(await testEngine(), student, student.params, { slots: 4 });
    const answers = await generator.answer(cases.map(({ input }) => input), { maxTokens: 5, temperature: 0, seed: 0 });
    generator.dispose();
    cases.forEach(({ input, greedy, logits_at_last_input: expected }, i) => {
      expect(relativeError(logits.slice(((i + 1) * input.length - 1) * 3, (i + 1) * input.length * 3), expected)).toBeLessThan(1e-4);
      expect(answers[i].ids).toEqual(greedy.slice(0, 5));
    });
    expect((await nll(await testEngine(), student, cases[0].input)).length).toBe(5);
  });
});
