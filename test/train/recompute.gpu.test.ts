/** Activations made again for their gradients: the same bits from less memory, whatever the family. */
import { describe, expect, it } from 'vitest';
import { DEFAULT_DEVICE } from '../../src/gpu/rehearsal';
import { freshAdapter } from '../../src/model/adapter';
import { parseConfig } from '../../src/model/config';
import { paramShapes } from '../../src/model/shapes';
import { sourcesOf } from '../../src/model/tensorSource';
import type { Params, Student } from '../../src/model/types';
import { Random } from '../../src/core/random';
import { elements } from '../../src/gpu/graph';
import { packRibbon } from '../../src/train/batch';
import { fullSizes, trainingMemory } from '../../src/train/memory';
import { TrainStep, type TrainedStudent } from '../../src/train/trainStep';
import { processorEngine } from '../gpu/engine';
import { byteStudent } from '../model/byteStudent';

const documents = [{ ids: [3, 1, 4, 1, 5, 9, 2, 6], lossFrom: 2 }, { ids: Array.from({ length: 40 }, (_, i) => (7 * i) % 250), lossFrom: 5 }];

/** The gradient of everything that is trained, the loss, and the bytes held. */
async function gradientOf(student: TrainedStudent, recompute: boolean) {
  const ribbon = packRibbon(documents, [0.5, 0.1]);
  const step = await TrainStep.create(await processorEngine(), { ...student, recompute }, ribbon.capacity);
  step.begin();
  await step.accumulate(ribbon, 17);
  const found = { ...(await step.readFlat()), bytes: step.bytes() };
  await step.dispose();
  return found;
}

const settings = { rank: 3, alpha: 6, dropout: 0.2, targets: 'all-linear', rankStabilised: false } as const;

async function adapted(student: Student): Promise<Student> {
  const adapter = freshAdapter(student.config, settings, 3);
  const random = new Random(5, 'adapter');
  for (const { data } of adapter.params.values()) for (let i = 0; i < data.length; i++) data[i] += 0.05 * random.normal();
  return { ...student, adapter };
}

/** Windows in every other layer, norms on both sides, a scaled embedding. */
function gemma(): TrainedStudent {
  const config = parseConfig(JSON.stringify({
    model_type: 'gemma3_text', vocab_size: 272, hidden_size: 32, num_hidden_layers: 4, num_attention_heads: 4, num_key_value_heads: 2, head_dim: 8,
    intermediate_size: 64, max_position_embeddings: 64, sliding_window: 8, sliding_window_pattern: 2, query_pre_attn_scalar: 8,
  }));
  const params: Params = new Map(paramShapes(config).map(([name, shape]) => {
    const random = new Random(2, name);
    return [name, { shape, data: Float32Array.from({ length: elements({ shape }) }, () => 0.2 * random.normal()) }];
  }));
  return { config, params: sourcesOf(params) };
}

const students: [string, () => Promise<TrainedStudent>][] = [
  ['llama', () => byteStudent('llama')], ['qwen3', () => byteStudent('qwen3')], ['gpt2', () => byteStudent('gpt2')], ['gemma3', async () => gemma()],
  ['an adapter with dropout', async () => adapted(await byteStudent('qwen2'))],
  ['an adapter on 8-bit weights', async () => ({ ...(await adapted(await byteStudent('llama'))), packing: 'q8' as const })],
];

describe('has the same gradient to the bit', () => {
  it.each(students)('%s', async (_, open) => {
    const student = await open();
    const [kept, again] = [await gradientOf(student, false), await gradientOf(student, true)];
    expect(kept.gradient.some((value) => value !== 0)).toBe(true);
    expect(again.loss).toBe(kept.loss);
    expect(again.gradient).toEqual(kept.gradient);
    expect(again.bytes).toBeLessThan(kept.bytes);
  });
});

it('leaves one layer and the borders of the others', async () => {
  const config = parseConfig(JSON.stringify({
    model_type: 'llama', vocab_size: 49152, hidden_size: 576, num_hidden_layers: 30, num_attention_heads: 9, num_key_value_heads: 3,
    intermediate_size: 1536, max_position_embeddings: 8192, tie_word_embeddings: true,
  }));
  const plan = { config, accumulate: 1, sizesOf: fullSizes(DEFAULT_DEVICE, { config }, 1, 1024) };
  const [kept, again] = await Promise.all([false, true].map((recompute) => trainingMemory(DEFAULT_DEVICE, { ...plan, recompute })));
  const border = 1024 * config.width * 4;
  expect(again.parts.activations).toBeLessThan(kept.parts.activations / 4);
  expect(again.parts.activations).toBeGreaterThan(config.layers * border);
  expect({ ...again.parts, activations: 0, scratch: 0 }).toEqual({ ...kept.parts, activations: 0, scratch: 0 });
});
