/** What parameters a student has: names and shapes, in one order for all that lay them out. */
import { gemma3Shapes } from './families/gemma3';
import { gpt2Shapes, isGpt2Matrix } from './families/gpt2';
import { llamaShapes } from './families/llama';
import type { FamilyName, ModelConfig, NamedShape } from './types';

const families: Record<FamilyName, (config: ModelConfig) => NamedShape[]> = {
  llama: llamaShapes, mistral: llamaShapes, qwen2: llamaShapes, qwen3: llamaShapes, gemma3: gemma3Shapes, gpt2: gpt2Shapes,
};

/** Every parameter by its Hugging Face name, embedding first; linear weights are [out, in]. */
export function paramShapes(config: ModelConfig): NamedShape[] {
  return families[config.family](config);
}

/** Name of the head's weight: the embedding's where they are tied. */
export function headName(config: ModelConfig): string {
  return config.tiedHead ? paramShapes(config)[0][0] : 'lm_head.weight';
}

/** Whether the family's files keep that weight as [in, out], the other way round from here (GPT-2's Conv1D). */
export function isTransposedInFiles(config: ModelConfig, name: string): boolean {
  return config.family === 'gpt2' && isGpt2Matrix(name);
}
