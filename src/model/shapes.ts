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

/** Values a token of the widest tensor between layers, of which no pass needs more in one piece than that many for each token. */
export function widestActivation(config: ModelConfig): number {
  const { width, hidden, heads, headSize, vocab } = config;
  const outputs = paramShapes(config).flatMap(([, shape]) => (shape.length === 2 && shape[0] !== vocab && shape[0] !== config.context ? [shape[0]] : []));
  return Math.max(width, hidden, heads * headSize, ...outputs);
}

/** Name of the head's weight: the embedding's where they are tied. */
export function headName(config: ModelConfig): string {
  return config.tiedHead ? paramShapes(config)[0][0] : 'lm_head.weight';
}

/** Whether the family's files keep that weight as [in, out], the other way round from here (GPT-2's Conv1D). */
export function isTransposedInFiles(config: ModelConfig, name: string): boolean {
  return config.family === 'gpt2' && isGpt2Matrix(name);
}
