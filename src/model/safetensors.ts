/** The safetensors format: an 8-byte header length, a JSON header, then raw little-endian numbers. Hostile input: everything is checked. */
import * as v from 'valibot';
import { StudioError } from '../core/errors';
import { isPointer, pointerError, type ByteSource, type SourceFiles } from './byteSource';
import { bytesOf } from './numberFormats';
import { fileTensor } from './tensorSource';
import type { NumberFormat, Params, TensorSource, TensorSources } from './types';

const HEADER_LIMIT = 100_000_000;
const MOST_SHARDS = 1000;
const INDEX_LIMIT = 50_000_000;
const FORMATS: readonly NumberFormat[] = ['F32', 'F16', 'BF16'];

const whole = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const Entry = v.object({ dtype: v.string(), shape: v.pipe(v.array(whole), v.maxLength(8)), data_offsets: v.tuple([whole, whole]) });
const Index = v.object({ weight_map: v.record(v.string(), v.string()) });

/** Where the index of a model in parts lies in its folder. */
export const INDEX_FILE = 'model.safetensors.index.json';

/**
 * The F32, F16 and BF16 tensors of a file, to be read when they are wanted.
 * @throws StudioError `model-bad-weights` naming the file and what is wrong with it.
 */
export async function openSafetensors(source: ByteSource, file: string): Promise<TensorSources> {
  const bad = (what: string, cause?: unknown) => new StudioError('model-bad-weights', what, {
    where: file, kept: 'Nothing was loaded.', remedy: 'Download the file again, whole.', cause,
  });
  const start = await source.read(0, Math.min(source.size, 64));
  if (isPointer(start)) throw pointerError('model-bad-weights', file);
  if (new TextDecoder().decode(start.subarray(0, 4)) === 'GGUF') throw bad('This is a GGUF file, not safetensors.');
  if (start.length < 8) throw bad('The weights file is cut short: it has no header.');
  const headerLength = Number(new DataView(start.buffer, start.byteOffset).getBigUint64(0, true));
  if (headerLength > HEADER_LIMIT || headerLength < 2 || start[8] !== 0x7b) throw bad('This is not a safetensors file.');
  if (8 + headerLength > source.size) throw bad('The weights file is cut short inside its header.');
  let header: Record<string, unknown>;
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(await source.read(8, 8 + headerLength))) as Record<string, unknown>;
  } catch (cause) {
    throw bad('The header of the weights file is not JSON.', cause);
  }
  refuseForeign(Object.keys(header), bad);
  const tensors = new Map<string, TensorSource>();
  for (const [name, raw] of Object.entries(header)) {
    if (name === '__metadata__') continue;
    const short = name.slice(0, 80);
    const parsed = v.safeParse(Entry, raw);
    if (!parsed.success) throw bad(`The entry "${short}" in the header is malformed.`);
    const { dtype, shape, data_offsets: [from, to] } = parsed.output;
    const format = FORMATS.find((known) => known === dtype);
    if (!format) throw bad(`The tensor "${short}" has type ${dtype.slice(0, 20)}; only F32, F16 and BF16 are read.`);
    const bytes = bytesOf(format, shape.reduce((a, b) => a * b, 1));
    if (to - from !== bytes) throw bad(`The tensor "${short}" has ${to - from} bytes where its shape [${shape}] needs ${bytes}.`);
    if (8 + headerLength + to > source.size) throw bad(`The weights file is cut short: "${short}" reaches past its end.`);
    tensors.set(name, fileTensor(name, source, 8 + headerLength + from, format, shape));
  }
  return tensors;
}

/** TensorSources quantised by other tools are told by the tensors they add; read as plain numbers they would be noise. */
function refuseForeign(names: string[], bad: (what: string) => StudioError): void {
  const tool = names.some((name) => name.endsWith('.qweight'))
    ? 'GPTQ or AWQ'
    : names.some((name) => name.endsWith('.scales') && names.includes(name.replace(/scales$/, 'biases')))
      ? 'MLX'
      : names.some((name) => /\.(absmax|quant_state\..*)$/.test(name))
        ? 'bitsandbytes'
        : undefined;
  if (tool) throw bad(`These weights are quantised by ${tool}, which is not read; take the model's own weights, or a GGUF file.`);
}

/** All weights of a folder: one file, or the parts that its index lists. @throws StudioError `model-bad-weights`, `model-missing-file` */
export async function openSafetensorsFolder(files: SourceFiles): Promise<TensorSources> {
  const names = [...files.keys()].filter((file) => file.endsWith('.safetensors')).sort();
  const index = files.get(INDEX_FILE);
  const shards = index ? await indexedShards(index, files) : names;
  const weights = new Map<string, TensorSource>();
  for (const file of shards) {
    for (const [name, tensor] of await openSafetensors(files.get(file) as ByteSource, file)) weights.set(name, tensor);
  }
  return weights;
}

async function indexedShards(index: ByteSource, files: SourceFiles): Promise<string[]> {
  const bad = (what: string) => new StudioError('model-bad-weights', what, { where: INDEX_FILE, kept: 'Nothing was loaded.' });
  if (index.size > INDEX_LIMIT) throw bad('The index of the weights is too large.');
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder().decode(await index.read(0, index.size)));
  } catch {
    throw bad('The index of the weights is not JSON.');
  }
  const parsed = v.safeParse(Index, json);
  if (!parsed.success) throw bad('The index of the weights does not say which file holds which tensor.');
  return shardNames(Object.values(parsed.output.weight_map), bad).map((file) => {
    if (files.has(file)) return file;
    throw new StudioError('model-missing-file', `A part of the weights is missing: ${file}.`, {
      where: INDEX_FILE, kept: 'Nothing was loaded.', remedy: 'Put all parts into one folder.',
    });
  });
}

/** The files an index names, each a plain name in the same folder. */
export function shardNames(listed: Iterable<string>, bad: (what: string) => StudioError): string[] {
  const names = [...new Set(listed)].sort();
  const foreign = names.find((name) => !/^[A-Za-z0-9_][A-Za-z0-9._-]*\.safetensors$/.test(name));
  if (foreign !== undefined) throw bad(`The index of the weights names "${foreign.slice(0, 80)}", which is not a file of its folder.`);
  if (names.length > MOST_SHARDS) throw bad(`The index of the weights names ${names.length} files.`);
  return names;
}

/** Writes all parameters as F32, in map order. */
export function writeSafetensors(params: Params, metadata: Record<string, string> = { format: 'pt' }): Uint8Array {
  const header: Record<string, unknown> = { __metadata__: metadata };
  let offset = 0;
  for (const [name, { shape, data }] of params) {
    header[name] = { dtype: 'F32', shape, data_offsets: [offset, (offset += data.length * 4)] };
  }
  let text = JSON.stringify(header);
  while ((text.length + 8) % 8 !== 0) text += ' ';
  const head = new TextEncoder().encode(text);
  const bytes = new Uint8Array(8 + head.length + offset);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(head.length), true);
  bytes.set(head, 8);
  let at = 8 + head.length;
  for (const { data } of params.values()) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return bytes;
}
