/** Qwen 2 and 2.5: Llama's block with biases on queries, keys and values. */
import * as v from 'valibot';
import { decoderConfig, decoderFields, readFields, unsupported } from '../configFields';
import type { ModelConfig } from '../types';

const Qwen2Config = v.object({ ...decoderFields, use_sliding_window: v.optional(v.boolean(), false) });

/** @throws StudioError `model-bad-config`, `model-unsupported` */
export function readQwen2(json: unknown): ModelConfig {
  const c = readFields(Qwen2Config, json);
  if (c.use_sliding_window) throw unsupported('attention in a sliding window');
  return { ...decoderConfig('qwen2', c), biases: ['qkv'] };
}
