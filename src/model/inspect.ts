/** What a model or tokenizer is, told from its files without loading its numbers: for a person who wonders what they have. */
import * as v from 'valibot';
import { errorRecord, StudioError, type ErrorRecord } from '../core/errors';
import type { SourceFiles } from './byteSource';
import { modelFile } from './modelFile';
import { tokenizerFiles } from './openTokenizer';
import { bytesOf } from './numberFormats';
import { openSafetensorsFolder } from './safetensors';
import { openModel, openStudent } from './student';
import { parseTokenizer } from './tokenizer';
import { eachPiece } from './tensorSource';
import type { NumberFormat, TensorSources } from './types';

export interface TokenizerReport {
  /** The file it was read from. */
  from: string;
  algorithm: string;
  size: number;
  bos?: string;
  eos?: string;
  chatTemplate: boolean;
}

export interface ModelReport {
  kind: 'model' | 'weights' | 'tokenizer';
  container?: 'safetensors' | 'GGUF' | 'llama2.c';
  /** As the files name it, whether or not the engine has it. */
  family?: string;
  parameters?: number;
  tensors?: number;
  /** Of the numbers alone. */
  bytes?: number;
  /** Tensors and values of each number format. */
  formats?: Partial<Record<NumberFormat, { tensors: number; parameters: number }>>;
  /** The format of most quantised values. */
  quantisation?: NumberFormat;
  vocabulary?: number;
  context?: number;
  width?: number;
  layers?: number;
  heads?: number;
  kvHeads?: number;
  tokenizer?: TokenizerReport;
  /** Why the studio cannot use it; absent where it can. */
  problem?: ErrorRecord;
}

const Told = v.object({ model_type: v.fallback(v.optional(v.string()), undefined) });
const Model = v.object({ model: v.object({ type: v.optional(v.string(), 'BPE') }) });
const Token = v.fallback(v.optional(v.union([v.string(), v.pipe(v.object({ content: v.string() }), v.transform(({ content }) => content))])), undefined);
const Config = v.object({ bos_token: v.fallback(v.nullish(Token), undefined), eos_token: v.fallback(v.nullish(Token), undefined), chat_template: v.optional(v.unknown()) });

/**
 * @param numbers also reads every value, and refuses what is not a number.
 * @throws StudioError where the files cannot be read for what they are.
 */
export async function inspectModel(name: string, files: SourceFiles, numbers = false): Promise<ModelReport> {
  const single = modelFile(files);
  const container = single?.kind === 'gguf' ? 'GGUF' : single ? 'llama2.c' : 'safetensors';
  const tokenizer = await inspectTokenizer(name, files);
  if (!single && !files.has('config.json')) {
    if ([...files.keys()].some((file) => file.endsWith('.safetensors'))) return { kind: 'weights', container, ...counted(await openSafetensorsFolder(files)), tokenizer };
    if (tokenizer) return { kind: 'tokenizer', tokenizer };
  }
  let weights: TensorSources;
  let family: string | undefined;
  try {
    const model = await openModel(name, files);
    family = v.parse(Told, JSON.parse(model.config)).model_type;
    weights = await model.weights();
  } catch (thrown) {
    // A GGUF file of a vocabulary alone is a tokenizer; all else has been told what is wrong with it.
    if (single?.kind !== 'gguf' || !tokenizer || !(thrown instanceof StudioError) || !/vocabulary only/.test(thrown.message)) throw thrown;
    return { kind: 'tokenizer', container, tokenizer };
  }
  const report: ModelReport = { kind: 'model', container, family, ...counted(weights), tokenizer };
  try {
    const { config, params } = await openStudent(name, files);
    if (numbers) for (const tensor of params.values()) await eachPiece(tensor, () => {});
    const { vocab: vocabulary, context, width, layers, heads, kvHeads } = config;
    return { ...report, vocabulary, context, width, layers, heads, kvHeads };
  } catch (thrown) {
    return { ...report, problem: errorRecord(thrown) };
  }
}

async function inspectTokenizer(name: string, files: SourceFiles): Promise<TokenizerReport | undefined> {
  try {
    const { tokenizer, config, from } = await tokenizerFiles(name, files);
    const { bos_token: bos, eos_token: eos, chat_template: template } = v.parse(Config, JSON.parse(config));
    return {
      from, algorithm: v.parse(Model, JSON.parse(tokenizer)).model.type, size: parseTokenizer(tokenizer, config, from).size,
      bos: bos ?? undefined, eos: eos ?? undefined, chatTemplate: template !== undefined && template !== null,
    };
  } catch {
    return undefined; // what is wrong with it is told when the whole student is opened
  }
}

function counted(weights: TensorSources): Pick<ModelReport, 'parameters' | 'tensors' | 'bytes' | 'formats' | 'quantisation'> {
  const formats: NonNullable<ModelReport['formats']> = {};
  let [parameters, bytes] = [0, 0];
  for (const { shape, format } of weights.values()) {
    const count = shape.reduce((a, b) => a * b, 1);
    const seen = (formats[format] ??= { tensors: 0, parameters: 0 });
    seen.tensors++;
    seen.parameters += count;
    parameters += count;
    bytes += bytesOf(format, count);
  }
  const quantised = (Object.entries(formats) as [NumberFormat, { parameters: number }][]).filter(([format]) => format.startsWith('Q'));
  const [most] = quantised.sort(([, a], [, b]) => b.parameters - a.parameters);
  return { parameters, tensors: weights.size, bytes, formats, quantisation: most?.[0] };
}
