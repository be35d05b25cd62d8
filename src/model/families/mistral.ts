/** Mistral: Llama's block, every layer with a window where the configuration has one. */
import * as v from 'valibot';
import { decoderConfig, decoderFields, readFields } from '../configFields';
import type { ModelConfig } from '../types';
import { windowFields, windowsOf } from '../windows';

const MistralConfig = v.object({ ...decoderFields, ...windowFields });

/** @throws StudioError `model-bad-config`, `model-unsupported` */
export function readMistral(json: unknown): ModelConfig {
  const c = readFields(MistralConfig, json);
  // `transformers` takes a missing window for 4,096, and only null for none.
  const window = c.sliding_window === undefined ? 4096 : (c.sliding_window ?? 0);
  const windows = windowsOf(c.num_hidden_layers, window, c.layer_types, () => window > 0);
  return { ...decoderConfig('mistral', c), ...(windows && { windows }) };
}
