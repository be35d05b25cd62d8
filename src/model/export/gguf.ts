/** A student as one GGUF file that llama.cpp runs, an adapter merged in. */
import { errorRecord, StudioError } from '../../core/errors';
import { mergedParams } from '../adapter';
import type { WrittenFormat } from '../encodeNumbers';
import type { Architecture } from '../gguf/config';
import { ggufName } from '../gguf/names';
import { tokenizerTables } from '../gguf/tables';
import { ggufPieces, type WrittenTensor, type WrittenValue } from '../gguf/write';
import { turnedRows } from '../rotaryRows';
import { mappedTensor, sourcesOf } from '../tensorSource';
import type { ModelConfig, Student, TensorSource } from '../types';
import type { Pieces } from './pieces';

/** llama.cpp's numbers of whole-file formats (`llama_ftype`). */
const FILE_TYPES = { F32: 0, F16: 1, Q8_0: 7 } as const;
export type GgufFormat = keyof typeof FILE_TYPES;

/**
 * Matrices lie in `format`, vectors in F32; a matrix whose rows are no multiple of 32 lies in F16 where Q8_0 is asked for.
 * @throws StudioError `export-unsupported` for what llama.cpp's own code for the family does not do.
 */
export function ggufFile(student: Student, format: GgufFormat): Pieces {
  const { config } = student;
  const family = architecture(config);
  const metadata = new Map<string, WrittenValue>([
    ['general.architecture', { text: family }], ['general.name', { text: student.name.split('/').pop() ?? student.name }],
    ['general.file_type', { u32: FILE_TYPES[format] }], ['general.quantization_version', { u32: 2 }],
    ...shapeOf(config, family), ...tokenizerTables(student),
  ]);
  const tensors = [...mergedParams(student)].map(([name, tensor]): WrittenTensor => ({
    name: ggufName(name, family), tensor: arranged(name, tensor, config, family), format: formatOf(name, tensor, format),
  }));
  const factors = llama3Factors(config);
  const [scaled] = factors ? sourcesOf(new Map([['rope_freqs', { shape: [factors.length], data: factors }]])).values() : [];
  if (scaled) tensors.push({ name: 'rope_freqs.weight', tensor: scaled, format: 'F32' });
  return ggufPieces(metadata, tensors);
}

/** Why llama.cpp cannot run this student, in a sentence; undefined where it can. */
export function ggufRefusal(student: Student): string | undefined {
  try {
    ggufFile(student, 'F16');
    return undefined;
  } catch (thrown) {
    return errorRecord(thrown).message;
  }
}

function architecture(config: ModelConfig): Architecture {
  const { family, windows = [], context, scoreCap, logitCap } = config;
  const cut = windows.some((window) => window > 0 && window < context);
  if (family === 'mistral') {
    if (cut) throw unsupported('attention in a sliding window');
    return 'llama';
  }
  // llama.cpp gives every sixth layer of Gemma 3 the whole text.
  if (family === 'gemma3' && windows.some((window, layer) => (window === 0) !== (layer % 6 === 5))) throw unsupported('its own order of local and global layers');
  if (family === 'gemma3' && (scoreCap !== undefined || logitCap !== undefined)) throw unsupported('soft caps');
  return family;
}

function shapeOf(config: ModelConfig, family: Architecture): [string, WrittenValue][] {
  const key = (name: string, value: WrittenValue): [string, WrittenValue] => [`${family}.${name}`, value];
  const { ropeBase, ropeScaling, windows, localRopeBase } = config;
  const norm = family === 'gpt2' ? 'attention.layer_norm_epsilon' : 'attention.layer_norm_rms_epsilon';
  const values = [
    key('context_length', { u32: config.context }), key('embedding_length', { u32: config.width }), key('block_count', { u32: config.layers }),
    key('feed_forward_length', { u32: config.hidden }), key('attention.head_count', { u32: config.heads }),
    key('attention.head_count_kv', { u32: config.kvHeads }), key(norm, { f32: config.normEps }), key('vocab_size', { u32: config.vocab }),
  ];
  if (ropeBase === undefined) return values;
  values.push(
    key('rope.freq_base', { f32: ropeBase }), key('attention.key_length', { u32: config.headSize }), key('attention.value_length', { u32: config.headSize }),
    key('rope.dimension_count', { u32: config.headSize }),
  );
  if (ropeScaling?.type === 'linear') values.push(key('rope.scaling.type', { text: 'linear' }), key('rope.scaling.factor', { f32: ropeScaling.factor }));
  const window = windows?.find((each) => each > 0);
  if (family === 'gemma3') values.push(key('attention.sliding_window', { u32: window ?? config.context }), key('rope.freq_base_swa', { f32: localRopeBase ?? 10000 }));
  return values;
}

/** What llama.cpp's converter does to the numbers: `gguf/tensors.ts` undoes the same. */
function arranged(name: string, tensor: TensorSource, config: ModelConfig, family: Architecture): TensorSource {
  const turned = family === 'llama' ? /\.(q|k)_proj\.weight$/.exec(name)?.[1] : undefined;
  if (turned) return turnedTensor(tensor, turned === 'q' ? config.heads : config.kvHeads);
  if (family === 'llama' && /\.(q|k)_proj\.bias$/.test(name)) throw unsupported('biases on queries and keys of Llama');
  if (family === 'gemma3' && /norm\.weight$/.test(name)) return mappedTensor(tensor, (value) => value + 1);
  // GPT-2's own files lie the other way round from ours, and the converter turns them to ours.
  return tensor;
}

/** Rows from half-and-half rotary pairs to pairs side by side. */
function turnedTensor(inner: TensorSource, heads: number): TensorSource {
  const [rows, width] = inner.shape;
  const place = turnedRows(rows, heads);
  const order = new Uint32Array(rows);
  for (let row = 0; row < rows; row++) order[place(row)] = row;
  const read = async (from = 0, count = rows - from) => {
    const values = await inner.read();
    const out = new Float32Array(count * width);
    for (let row = 0; row < count; row++) out.set(values.subarray(order[from + row] * width, (order[from + row] + 1) * width), row * width);
    return out;
  };
  return { shape: inner.shape, format: 'F32', read, raw: async (from, count) => new Uint8Array((await read(from, count)).buffer) };
}

function formatOf(name: string, { shape }: TensorSource, format: GgufFormat): WrittenFormat {
  if (shape.length < 2 || name.endsWith('wpe.weight')) return 'F32';
  return format === 'Q8_0' && shape[shape.length - 1] % 32 !== 0 ? 'F16' : format;
}

/** One factor a rotary frequency for `rope_type: llama3`, as convert_hf_to_gguf.py writes them. */
function llama3Factors({ ropeScaling, ropeBase = 10000, headSize }: ModelConfig): Float32Array | undefined {
  if (ropeScaling?.type !== 'llama3') return undefined;
  const { factor, low, high, context } = ropeScaling;
  return Float32Array.from({ length: headSize / 2 }, (_, i) => {
    const wavelength = 2 * Math.PI * ropeBase ** ((2 * i) / headSize);
    if (wavelength < context / high) return 1;
    if (wavelength > context / low) return factor;
    const smooth = (context / wavelength - low) / (high - low);
    return 1 / ((1 - smooth) / factor + smooth);
  });
}

function unsupported(what: string): StudioError {
  return new StudioError('export-unsupported', `This student has ${what}, which llama.cpp does not do for its family.`, {
    kept: 'Nothing was written.', remedy: 'Export it as safetensors.',
  });
}
