/** A student from its files, and back: a Hugging Face folder, a GGUF file, or llama2.c's. Weights stay in their files until they are read. */
import * as v from 'valibot';
import { StudioError } from '../core/errors';
import { readText, type SourceFiles } from './byteSource';
import { chatTemplateOf } from './chatTemplate';
import { parseConfig } from './config';
import { configFromGguf } from './gguf/config';
import { readGgufHeader } from './gguf/header';
import { GgufMetadata } from './gguf/metadata';
import { tensorsFromGguf } from './gguf/tensors';
import { openLlama2c } from './llama2c';
import { modelFile } from './modelFile';
import { openTokenizer } from './openTokenizer';
import { INDEX_FILE, openSafetensorsFolder, writeSafetensors } from './safetensors';
import { isTransposedInFiles, paramShapes } from './shapes';
import { paramsOf, sourcesOf, transposedTensor } from './tensorSource';
import type { ModelConfig, Params, Student, TensorSource, TensorSources, Tokenizer } from './types';

const MOST_JSON = 1 << 27;

/**
 * @param files by the names they have in their folder: config.json, tokenizer.json or tokenizer.model, tokenizer_config.json,
 *   *.safetensors; or one .gguf; or one llama2.c .bin with its tokenizer beside it.
 * @throws StudioError when a file is missing, foreign, broken, or does not fit the others. Nothing half-loaded is returned.
 */
export async function openStudent(name: string, files: SourceFiles): Promise<Student> {
  const { config: text, weights: found } = await openModel(name, files);
  const parsed = parseConfig(text);
  const { tokenizer, files: texts } = await openTokenizer(name, files);
  const config = { ...parsed, eosIds: await endsOf(parsed, tokenizer, texts.config, files) };
  const chat = chatTemplateOf(texts.config);
  if (tokenizer.size > config.vocab) {
    throw new StudioError('model-bad-tokenizer', `The tokenizer has ${tokenizer.size} tokens but the model only ${config.vocab}.`, {
      where: texts.from, kept: 'Nothing was loaded.', remedy: 'Take tokenizer and weights from the same model.',
    });
  }
  const params = fitted(await found(), config);
  const kept = new Map<string, string>();
  for (const [file, source] of files) {
    if (/\.(json|jinja)$/.test(file) && file !== INDEX_FILE) kept.set(file, await readText(source, file, MOST_JSON));
  }
  if (!kept.has('config.json')) kept.set('config.json', `${JSON.stringify(JSON.parse(text), null, 2)}\n`);
  if (!kept.has('tokenizer.json')) kept.set('tokenizer.json', texts.tokenizer).set('tokenizer_config.json', texts.config);
  return { name, config, tokenizer, chat, params, files: kept };
}

/** Tokens that end an answer: those of the configuration first, then what else the folder names as such. */
async function endsOf(config: ModelConfig, tokenizer: Tokenizer, tokenizerConfig: string, files: SourceFiles): Promise<number[]> {
  const source = files.get('generation_config.json');
  const generation = source ? v.safeParse(Ends, jsonOf(await readText(source, 'generation_config.json', MOST_JSON))) : undefined;
  const named = v.safeParse(EndToken, jsonOf(tokenizerConfig));
  const content = named.success ? tokenizer.idOf(typeof named.output.eos_token === 'string' ? named.output.eos_token : named.output.eos_token.content) : undefined;
  const listed = generation?.success ? [generation.output.eos_token_id].flat() : [];
  return [...new Set([...config.eosIds, ...listed, ...(content === undefined ? [] : [content])])].filter((id) => id < config.vocab);
}

const whole = v.pipe(v.number(), v.integer(), v.minValue(0));
const Ends = v.object({ eos_token_id: v.union([whole, v.pipe(v.array(whole), v.maxLength(100))]) });
const EndToken = v.object({ eos_token: v.union([v.string(), v.object({ content: v.string() })]) });

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // what these files add can be done without
  }
}

interface OpenedModel {
  /** The text of `config.json`, or what stands for it. */
  config: string;
  /** Opens the weights: the configuration is checked first, so that the first thing wrong is the one that is told. */
  weights(): Promise<TensorSources>;
}

/** The configuration and the weights of a model, of whatever format. */
export async function openModel(name: string, files: SourceFiles): Promise<OpenedModel> {
  const model = modelFile(files);
  if (model?.kind === 'gguf') {
    const header = await readGgufHeader(model.source, model.name);
    const metadata = new GgufMetadata(header.metadata, model.name);
    const weights = await tensorsFromGguf(header, metadata, model.source);
    return { config: JSON.stringify(await configFromGguf(metadata, weights)), weights: async () => weights };
  }
  if (model?.kind === 'llama2c') {
    const { config, weights } = await openLlama2c(model.source, model.name);
    return { config: JSON.stringify(config), weights: async () => weights };
  }
  const source = files.get('config.json');
  if (!source) throw missing(name, 'config.json', files);
  return {
    config: await readText(source, 'config.json', MOST_JSON),
    weights: async () => {
      if (![...files.keys()].some((file) => file.endsWith('.safetensors'))) throw missing(name, 'model.safetensors', files);
      return openSafetensorsFolder(files);
    },
  };
}

/** The parameters the config asks for, in layout order, each checked for its shape; their values are checked as they are read. */
function fitted(found: TensorSources, config: ModelConfig): TensorSources {
  const bad = (what: string, where: string) => new StudioError('model-bad-weights', what, { where, kept: 'Nothing was loaded.' });
  const params = new Map<string, TensorSource>();
  for (const [name, shape] of paramShapes(config)) {
    const inFile = found.get(name) ?? found.get(name.replace(/^(model|transformer)\./, ''));
    const tensor = inFile && isTransposedInFiles(config, name) ? transposedTensor(inFile) : inFile;
    if (!tensor) throw bad('The weights lack a tensor that config.json asks for.', name);
    const reversed = tensor.shape.join() === [...shape].reverse().join();
    if (tensor.shape.join() !== shape.join()) {
      throw bad(`A tensor has shape [${tensor.shape}] where config.json asks for [${shape}]${reversed ? ': it is transposed' : ''}.`, name);
    }
    params.set(name, tensor);
  }
  return params;
}

function missing(folder: string, file: string, files: SourceFiles): StudioError {
  const has = files.size > 0 ? `It holds ${[...files.keys()].slice(0, 8).join(', ')}.` : 'It is empty.';
  return new StudioError('model-missing-file', `"${folder}" has no ${file}.`, {
    kept: has, remedy: 'A student is a Hugging Face folder (config.json, tokenizer.json and model.safetensors), a GGUF file, or a llama2.c .bin file.',
  });
}

/** The Hugging Face folder of a student, with `params` in place of its own weights where given. */
export async function studentToFiles(student: Student, params?: Params): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  for (const [file, content] of student.files) if (file !== 'manifest.json') files.set(file, new TextEncoder().encode(content));
  const own = params ? sourcesOf(params) : student.params;
  const turned = [...own].map(([name, tensor]) => [name, isTransposedInFiles(student.config, name) ? transposedTensor(tensor) : tensor] as const);
  files.set('model.safetensors', writeSafetensors(await paramsOf(new Map(turned))));
  return files;
}
