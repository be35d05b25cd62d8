/** What parameters a student has: names and shapes as Hugging Face gives them, linear weights [out, in]. */
import { llamaShapes } from './families/llama';
import type { FamilyName, ModelConfig, NamedShape } from './types';

const families: Partial<Record<FamilyName, (config: ModelConfig) => NamedShape[]>> = { llama: llamaShapes, qwen2: llamaShapes };

/** Every parameter, in the order they are laid out. */
export function paramShapes(config: ModelConfig): NamedShape[] {
  const shapes = families[config.family];
  if (!shapes) throw new Error(`no shapes for ${config.family}`);
  return shapes(config);
}

/** Name of the head's weight: the embedding's, which comes first, where they are tied. */
export function headName(config: ModelConfig): string {
  return config.tiedHead ? paramShapes(config)[0][0] : 'lm_head.weight';
}
