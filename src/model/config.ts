/** Reads a Hugging Face `config.json`: each family reads its own. What a config asks for and the engine lacks is refused by name. */
import { StudioError } from '../core/errors';
import { unsupported } from './configFields';
import { readGemma3 } from './families/gemma3';
import { readGpt2 } from './families/gpt2';
import { readLlama } from './families/llama';
import { readMistral } from './families/mistral';
import { readQwen2, readQwen3 } from './families/qwen';
import type { ModelConfig } from './types';

/** By `model_type`. */
const readers: ReadonlyMap<string, (json: unknown) => ModelConfig> = new Map([
  ['llama', readLlama],
  ['mistral', readMistral],
  ['qwen2', readQwen2],
  ['qwen3', readQwen3],
  ['gemma3_text', readGemma3],
  ['gpt2', readGpt2],
]);

/** @throws StudioError `model-bad-config`, `model-unsupported` */
export function parseConfig(text: string): ModelConfig {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new StudioError('model-bad-config', 'config.json is not JSON.', { where: 'config.json', cause });
  }
  const type = (json as { model_type?: unknown } | null)?.model_type;
  if (typeof type !== 'string') throw unsupported('a config without a model_type');
  const read = readers.get(type);
  if (!read) throw unsupported(`the model family "${type.slice(0, 40)}"`);
  return read(json);
}
