/** The configurations that known models ship: what is read of each, and that its parameters come to the number it is known to have. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { StudioError } from '../../src/core/errors';
import { parseConfig } from '../../src/model/config';
import { parameterCount } from '../../src/model/loadCard';
import type { ModelConfig } from '../../src/model/types';

const read = (name: string) => readFileSync(join(import.meta.dirname, '../fixtures/configs', `${name}.json`), 'utf8');
const sixes = (window: number, layers: number) => Array.from({ length: layers }, (_, layer) => (layer % 6 === 5 ? 0 : window));

const known: [name: string, parameters: number, config: ModelConfig][] = [
  ['SmolLM2-135M-Instruct', 134_515_008, {
    family: 'llama', vocab: 49152, width: 576, layers: 30, heads: 9, kvHeads: 3, headSize: 64, hidden: 1536, context: 8192, normEps: 1e-5,
    ropeBase: 100_000, tiedHead: true, bosId: 1, eosIds: [2],
  }],
  ['Qwen2.5-0.5B-Instruct', 494_032_768, {
    family: 'qwen2', vocab: 151936, width: 896, layers: 24, heads: 14, kvHeads: 2, headSize: 64, hidden: 4864, context: 32768, normEps: 1e-6,
    ropeBase: 1_000_000, biases: ['qkv'], tiedHead: true, bosId: 151643, eosIds: [151645],
  }],
  ['Qwen3-0.6B', 596_049_920, {
    family: 'qwen3', vocab: 151936, width: 1024, layers: 28, heads: 16, kvHeads: 8, headSize: 128, hidden: 3072, context: 40960, normEps: 1e-6,
    ropeBase: 1_000_000, headNorms: true, tiedHead: true, bosId: 151643, eosIds: [151645],
  }],
  ['gemma-3-270m-it', 268_098_176, {
    family: 'gemma3', vocab: 262144, width: 640, layers: 18, heads: 4, kvHeads: 1, headSize: 256, hidden: 2048, context: 32768, normEps: 1e-6,
    ropeBase: 1_000_000, localRopeBase: 10_000, windows: sixes(512, 18), scoreScale: 1 / 16, tiedHead: true, bosId: 2, eosIds: [1],
  }],
  ['Llama-3.2-1B-Instruct', 1_235_814_400, {
    family: 'llama', vocab: 128256, width: 2048, layers: 16, heads: 32, kvHeads: 8, headSize: 64, hidden: 8192, context: 131072, normEps: 1e-5,
    ropeBase: 500_000, ropeScaling: { type: 'llama3', factor: 32, low: 1, high: 4, context: 8192 }, tiedHead: true, bosId: 128000,
    eosIds: [128001, 128008, 128009],
  }],
  ['Mistral-7B-v0.1', 7_241_732_096, {
    family: 'mistral', vocab: 32000, width: 4096, layers: 32, heads: 32, kvHeads: 8, headSize: 128, hidden: 14336, context: 32768, normEps: 1e-5,
    ropeBase: 10_000, windows: Array.from({ length: 32 }, () => 4096), tiedHead: false, bosId: 1, eosIds: [2],
  }],
  ['gpt2', 124_439_808, {
    family: 'gpt2', vocab: 50257, width: 768, layers: 12, heads: 12, kvHeads: 12, headSize: 64, hidden: 3072, context: 1024, normEps: 1e-5,
    tiedHead: true, bosId: 50256, eosIds: [50256],
  }],
];

describe('known models', () => {
  it.each(known)('%s', (name, parameters, config) => {
    expect(parseConfig(read(name))).toEqual(config);
    expect(parameterCount(config)).toBe(parameters);
  });
});

/** A known configuration with some fields changed. */
function changed(name: string, fields: object): ModelConfig {
  return parseConfig(JSON.stringify({ ...(JSON.parse(read(name)) as object), ...fields }));
}

describe('what a field means', () => {
  it('Qwen slides only where it says so, from a layer on or by a list', () => {
    expect(changed('Qwen2.5-0.5B-Instruct', { use_sliding_window: true, sliding_window: 64 }).windows).toEqual(Array.from({ length: 24 }, (_, i) => (i < 21 ? 0 : 64)));
    const listed = Array.from({ length: 24 }, (_, i) => (i === 3 ? 'sliding_attention' : 'full_attention'));
    expect(changed('Qwen2.5-0.5B-Instruct', { use_sliding_window: true, layer_types: listed, sliding_window: 64 }).windows?.indexOf(64)).toBe(3);
  });

  it('Mistral slides by 4,096 unless it says null', () => {
    expect(changed('Mistral-7B-v0.1', { sliding_window: undefined }).windows?.[0]).toBe(4096);
    expect(changed('Mistral-7B-v0.1', { sliding_window: null }).windows).toBeUndefined();
  });

  it('Gemma 3 counts its layers in sixes where it lists none, and scales only the far-seeing ones', () => {
    const old = { layer_types: undefined, _sliding_window_pattern: undefined, rope_scaling: { rope_type: 'linear', factor: 8 } };
    const config = changed('gemma-3-270m-it', old);
    expect(config.windows).toEqual(sixes(512, 18));
    expect(config.ropeScaling).toEqual({ type: 'linear', factor: 8 });
    expect(changed('gemma-3-270m-it', {
      rope_parameters: { full_attention: { rope_type: 'default', rope_theta: 5e5 }, sliding_attention: { rope_type: 'default', rope_theta: 2e4 } },
    })).toMatchObject({ ropeBase: 5e5, localRopeBase: 2e4 });
  });

  it('soft caps are taken over where they are set', () => {
    expect(changed('gemma-3-270m-it', { attn_logit_softcapping: 50, final_logit_softcapping: 30 })).toMatchObject({ scoreCap: 50, logitCap: 30 });
  });

  it('newer files keep the rotary base with its scaling', () => {
    expect(changed('Llama-3.2-1B-Instruct', { rope_theta: undefined, rope_scaling: undefined, rope_parameters: { rope_type: 'default', rope_theta: 7e4 } })).toMatchObject({ ropeBase: 7e4 });
  });
});

describe('what the engine lacks is refused by name', () => {
  it.each<[name: string, fields: object, word: string]>([
    ['Llama-3.2-1B-Instruct', { rope_scaling: { rope_type: 'dynamic', factor: 2 } }, 'scaled by "dynamic"'],
    ['Llama-3.2-1B-Instruct', { rope_scaling: { rope_type: 'llama3', factor: 2 } }, 'without its factors'],
    ['Qwen3-0.6B', { hidden_act: 'relu' }, 'activation "relu"'],
    ['Qwen3-0.6B', { partial_rotary_factor: 0.5 }, 'a part of each head'],
    ['Qwen3-0.6B', { use_sliding_window: true, layer_types: ['linear_attention'] }, 'type "linear_attention"'],
    ['gemma-3-270m-it', { use_bidirectional_attention: true }, 'later tokens'],
    ['gemma-3-270m-it', { hidden_activation: 'gelu' }, 'activation "gelu"'],
    ['gpt2', { activation_function: 'gelu' }, 'activation "gelu"'],
    ['gpt2', { scale_attn_by_inverse_layer_idx: true }, 'the number of the layer'],
    ['gpt2', { model_type: 'phi3' }, 'family "phi3"'],
  ])('%s with %o', (name, fields, word) => {
    expect(() => changed(name, fields)).toThrow(StudioError);
    expect(() => changed(name, fields)).toThrow(word);
  });
});
