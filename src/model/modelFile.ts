/** Which file of a student holds its weights, and in which format. */
import { StudioError } from '../core/errors';
import type { ByteSource, SourceFiles } from './byteSource';

/** What may belong to a student, by the end of its name. */
export const STUDENT_FILE = /\.(json|jinja|safetensors|gguf|model|bin)$/i;

export interface ModelFile {
  kind: 'gguf' | 'llama2c';
  name: string;
  source: ByteSource;
}

/**
 * The single file that a student is; undefined for a folder in Hugging Face's layout, or one with no weights at all.
 * Of several `.bin` files the largest is the model: the others are tokenizers.
 * @throws StudioError `model-ambiguous` for several GGUF files.
 */
export function modelFile(files: SourceFiles): ModelFile | undefined {
  const names = [...files.keys()];
  if (files.has('config.json') || names.some((name) => name.endsWith('.safetensors'))) return undefined;
  const gguf = names.filter((name) => /\.gguf$/i.test(name));
  if (gguf.length > 1) {
    throw new StudioError('model-ambiguous', `There are ${gguf.length} GGUF files: ${gguf.slice(0, 6).join(', ')}.`, {
      kept: 'Nothing was loaded.', remedy: 'Name one of them.',
    });
  }
  const size = (name: string) => files.get(name)?.size ?? 0;
  const [bin] = names.filter((name) => /\.bin$/i.test(name)).sort((a, b) => size(b) - size(a));
  const name = gguf[0] ?? bin;
  if (name === undefined) return undefined;
  return { kind: gguf.length > 0 ? 'gguf' : 'llama2c', name, source: files.get(name) as ByteSource };
}

/** Of files a person brought together, those that the student consists of: a single model's own, or a folder's without other formats. */
export function studentFiles(files: SourceFiles): Map<string, ByteSource> {
  const model = modelFile(files);
  const others = model?.kind === 'gguf' ? /$^/ : model ? /\.(bin|model)$|^tokenizer.*\.json$/i : /\.(json|jinja|safetensors|model)$/i;
  return new Map([...files].filter(([name]) => name === model?.name || others.test(name)));
}
