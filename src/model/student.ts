/** A student from the files of its folder, and back. */
import { StudioError } from '../core/errors';
import { elements } from '../gpu/graph';
import { parseConfig } from './config';
import { paramShapes } from './llama';
import { readSafetensors, writeSafetensors } from './safetensors';
import { parseTokenizer } from './tokenizer';
import type { ModelConfig, Params, Student } from './types';

const WEIGHTS = /\.safetensors$/;

/**
 * @param files name → bytes, as they lie in the folder: config.json, tokenizer.json, tokenizer_config.json, *.safetensors.
 * @throws StudioError when a file is missing, foreign, broken, or does not fit the others. Nothing half-loaded is returned.
 */
export function studentFromFiles(name: string, files: ReadonlyMap<string, Uint8Array>): Student {
  const text = (file: string): string | undefined => {
    const bytes = files.get(file);
    return bytes && new TextDecoder().decode(bytes);
  };
  const needed = (file: string): string => {
    const found = text(file);
    if (found === undefined) throw missing(name, file, [...files.keys()]);
    return found;
  };
  const config = parseConfig(needed('config.json'));
  const tokenizer = parseTokenizer(needed('tokenizer.json'), text('tokenizer_config.json'));
  if (tokenizer.size > config.vocab) {
    throw new StudioError('model-bad-tokenizer', `The tokenizer has ${tokenizer.size} tokens but the model only ${config.vocab}.`, {
      where: 'tokenizer.json', kept: 'Nothing was loaded.', remedy: 'Take tokenizer and weights from the same model.',
    });
  }
  const shards = [...files.keys()].filter((file) => WEIGHTS.test(file)).sort();
  if (shards.length === 0) throw missing(name, 'model.safetensors', [...files.keys()]);
  const found: Params = new Map(shards.flatMap((file) => [...readSafetensors(files.get(file) as Uint8Array, file)]));
  const kept = new Map<string, string>();
  for (const file of files.keys()) if (file.endsWith('.json')) kept.set(file, text(file) ?? '');
  return { name, config, tokenizer, params: fitted(found, config), files: kept };
}

/** The parameters the config asks for, in layout order, each checked for shape and finite values. */
function fitted(found: Params, config: ModelConfig): Params {
  const bad = (what: string, where: string) => new StudioError('model-bad-weights', what, { where, kept: 'Nothing was loaded.' });
  const params: Params = new Map();
  for (const [name, shape] of paramShapes(config)) {
    const param = found.get(name) ?? found.get(name.replace(/^model\./, ''));
    if (!param) throw bad('The weights lack a tensor that config.json asks for.', name);
    if (param.shape.join() !== shape.join()) throw bad(`A tensor has shape [${param.shape}] where config.json asks for [${shape}].`, name);
    if (param.data.length !== elements({ shape })) throw bad('A tensor has the wrong number of values.', name);
    if (!param.data.every(Number.isFinite)) throw bad('A tensor holds values that are not numbers (NaN or infinite).', name);
    params.set(name, param);
  }
  return params;
}

function missing(folder: string, file: string, present: string[]): StudioError {
  const has = present.length > 0 ? `It holds ${present.slice(0, 8).join(', ')}.` : 'It is empty.';
  return new StudioError('model-missing-file', `"${folder}" has no ${file}.`, {
    kept: has, remedy: 'A student is a Hugging Face folder: config.json, tokenizer.json and model.safetensors.',
  });
}

/** The folder of a student, with `params` in place of its own where given. */
export function studentToFiles(student: Student, params: Params = student.params): Map<string, Uint8Array> {
  const files = new Map<string, Uint8Array>();
  for (const [file, content] of student.files) {
    if (!file.endsWith('.index.json') && file !== 'manifest.json') files.set(file, new TextEncoder().encode(content));
  }
  files.set('model.safetensors', writeSafetensors(params));
  return files;
}
