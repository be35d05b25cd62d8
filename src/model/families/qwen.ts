/** Qwen 2 and 2.5: Llama's block with biases on queries, keys and values. Qwen 3: without them, each query and key head normed. */
import * as v from 'valibot';
import { decoderConfig, decoderFields, readFields } from '../configFields';
import type { ModelConfig } from '../types';
import { windowFields, windowsOf } from '../windows';

const QwenConfig = v.object({
  ...decoderFields,
  ...windowFields,
  use_sliding_window: v.optional(v.boolean(), false),
  max_window_layers: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0)), 28),
});

/** @throws StudioError `model-bad-config`, `model-unsupported` */
export function readQwen2(json: unknown): ModelConfig {
  return { ...read('qwen2', json), biases: ['qkv'] };
}

/** @throws StudioError `model-bad-config`, `model-unsupported` */
export function readQwen3(json: unknown): ModelConfig {
  const config = { ...read('qwen3', json), headNorms: true };
  return (json as { attention_bias?: unknown }).attention_bias === true ? { ...config, biases: ['qkv', 'out'] } : config;
}

function read(family: 'qwen2' | 'qwen3', json: unknown): ModelConfig {
  const c = readFields(QwenConfig, json);
  const windows = c.use_sliding_window
    ? windowsOf(c.num_hidden_layers, c.sliding_window ?? 4096, c.layer_types, (layer) => layer >= c.max_window_layers)
    : undefined;
  // Qwen 3's heads have 128 numbers unless it says otherwise, whatever the width.
  const head = family === 'qwen3' && c.head_dim === undefined ? { ...c, head_dim: 128 } : c;
  return { ...decoderConfig(family, head), ...(windows && { windows }) };
}
