/** The head of a GGUF file: its metadata and where each tensor lies (ggml's gguf.md, versions 2 and 3). Hostile input: everything is bounded. */
import { StudioError } from '../../core/errors';
import { isPointer, pointerError, type ByteSource } from '../byteSource';
import { bytesOf, numberFormats } from '../numberFormats';
import type { NumberFormat } from '../types';

export type GgufValue = number | boolean | string | bigint | GgufList;
export type GgufList = (number | boolean | string | bigint)[];

export interface GgufTensor {
  name: string;
  /** As everywhere in the studio, the fastest dimension last. */
  shape: number[];
  format: NumberFormat;
  /** From the start of the file. */
  offset: number;
}

export interface GgufHeader {
  metadata: Map<string, GgufValue>;
  tensors: GgufTensor[];
}

const FIRST_READ = 1 << 20;
const MOST_HEADER = 1 << 28;
const MOST = { entries: 10_000, tensors: 100_000, list: 1 << 22, text: 1 << 24, dimensions: 4 };

const FORMATS: Record<number, NumberFormat> = {
  0: 'F32', 1: 'F16', 2: 'Q4_0', 3: 'Q4_1', 6: 'Q5_0', 7: 'Q5_1', 8: 'Q8_0', 12: 'Q4_K', 13: 'Q5_K', 14: 'Q6_K', 30: 'BF16',
};
/** Formats there are and the studio does not read, for saying so by name. */
const OTHERS: Record<number, string> = {
  9: 'Q8_1', 10: 'Q2_K', 11: 'Q3_K', 15: 'Q8_K', 16: 'IQ2_XXS', 17: 'IQ2_XS', 18: 'IQ3_XXS', 19: 'IQ1_S', 20: 'IQ4_NL', 21: 'IQ3_S',
  22: 'IQ2_S', 23: 'IQ4_XS', 24: 'I8', 25: 'I16', 26: 'I32', 27: 'I64', 28: 'F64', 29: 'IQ1_M', 34: 'TQ1_0', 35: 'TQ2_0', 39: 'MXFP4',
};

/** @throws StudioError `model-bad-weights`, `model-unsupported` naming the file and what is wrong with it. */
export async function readGgufHeader(source: ByteSource, file: string): Promise<GgufHeader> {
  const bad = (what: string) => new StudioError('model-bad-weights', what, {
    where: file, kept: 'Nothing was loaded.', remedy: 'Download the file again, whole.',
  });
  let length = Math.min(source.size, FIRST_READ);
  for (;;) {
    const bytes = await source.read(0, length);
    if (isPointer(bytes)) throw pointerError('model-bad-weights', file);
    if (bytes.length < 24) throw bad('The GGUF file is cut short: it has no header.');
    if (new TextDecoder().decode(bytes.subarray(0, 4)) !== 'GGUF') throw bad('This is not a GGUF file.');
    try {
      return parse(bytes, source.size, bad, file);
    } catch (thrown) {
      if (!(thrown instanceof PastEnd)) throw thrown;
      if (length === source.size) throw bad('The GGUF file is cut short inside its header.');
      if (length >= MOST_HEADER) throw bad(`The header of the GGUF file is larger than ${MOST_HEADER} bytes.`);
      length = Math.min(source.size, length * 4);
    }
  }
}

/** The bytes at hand end before the header does. */
class PastEnd extends Error {}

function parse(bytes: Uint8Array, fileSize: number, bad: (what: string) => StudioError, file: string): GgufHeader {
  const reader = new Reader(bytes, bad);
  const version = reader.skip(4).u32();
  if (version !== 2 && version !== 3) throw bad(`This GGUF file has version ${version}; versions 2 and 3 are read.`);
  const tensorCount = reader.count('tensors', MOST.tensors);
  const entries = reader.count('entries in its metadata', MOST.entries);
  const metadata = new Map<string, GgufValue>();
  for (let i = 0; i < entries; i++) metadata.set(reader.text(), reader.value(reader.u32()));
  const tensors = Array.from({ length: tensorCount }, () => {
    const name = reader.text();
    const dimensions = reader.u32();
    if (dimensions < 1 || dimensions > MOST.dimensions) throw bad(`The tensor "${name.slice(0, 80)}" has ${dimensions} dimensions.`);
    const shape = Array.from({ length: dimensions }, () => reader.u64()).reverse();
    return { name, shape, type: reader.u32(), offset: reader.u64() };
  });
  const alignment = metadata.get('general.alignment') ?? 32;
  if (typeof alignment !== 'number' || !Number.isInteger(alignment) || alignment < 1 || alignment > 65536) throw bad('The alignment of the GGUF file is not a number of bytes.');
  const start = Math.ceil(reader.at / alignment) * alignment;
  return {
    metadata,
    tensors: tensors.map(({ name, shape, type, offset }) => {
      const short = name.slice(0, 80);
      const format = FORMATS[type];
      if (!format) throw unread(OTHERS[type] ?? `number ${type}`, short, file);
      const count = shape.reduce((a, b) => a * b, 1);
      if (!Number.isSafeInteger(count) || shape[shape.length - 1] % numberFormats[format].values !== 0) {
        throw bad(`The tensor "${short}" has shape [${shape}], which ${format} cannot hold.`);
      }
      if (start + offset + bytesOf(format, count) > fileSize) throw bad(`The GGUF file is cut short: "${short}" reaches past its end.`);
      return { name, shape, format, offset: start + offset };
    }),
  };
}

function unread(format: string, tensor: string, file: string): StudioError {
  return new StudioError('model-unsupported', `The tensor "${tensor}" has the format ${format}, which the studio does not read.`, {
    where: file, kept: 'Nothing was loaded.', remedy: `Choose a file in one of ${Object.values(FORMATS).join(', ')}.`,
  });
}

class Reader {
  at = 0;
  private readonly view: DataView;

  constructor(private readonly bytes: Uint8Array, private readonly bad: (what: string) => StudioError) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  skip(length: number): this {
    this.take(length);
    return this;
  }

  u32(): number {
    return this.view.getUint32(this.take(4), true);
  }

  u64(): number {
    const value = Number(this.view.getBigUint64(this.take(8), true));
    if (!Number.isSafeInteger(value)) throw this.bad('A number in the header of the GGUF file is absurdly large.');
    return value;
  }

  count(what: string, most: number): number {
    const value = this.u64();
    if (value > most) throw this.bad(`The GGUF file claims ${value} ${what}; at most ${most} are read.`);
    return value;
  }

  text(): string {
    const length = this.count('bytes in a text of its header', MOST.text);
    const from = this.take(length);
    return new TextDecoder().decode(this.bytes.subarray(from, from + length));
  }

  value(type: number): GgufValue {
    if (type !== 9) return this.single(type);
    const element = this.u32();
    const length = this.count('entries in a list of its header', MOST.list);
    const list: GgufList = [];
    for (let i = 0; i < length; i++) list.push(this.single(element));
    return list;
  }

  private single(type: number): number | boolean | string | bigint {
    const { view } = this;
    switch (type) {
      case 0: return view.getUint8(this.take(1));
      case 1: return view.getInt8(this.take(1));
      case 2: return view.getUint16(this.take(2), true);
      case 3: return view.getInt16(this.take(2), true);
      case 4: return this.u32();
      case 5: return view.getInt32(this.take(4), true);
      case 6: return view.getFloat32(this.take(4), true);
      case 7: return view.getUint8(this.take(1)) !== 0;
      case 8: return this.text();
      case 10: return view.getBigUint64(this.take(8), true);
      case 11: return view.getBigInt64(this.take(8), true);
      case 12: return view.getFloat64(this.take(8), true);
      default: throw this.bad(`The metadata of the GGUF file has a value of kind ${type}, which there is not.`);
    }
  }

  /** Moves on by `length` bytes and gives where they begin. */
  private take(length: number): number {
    if (length > this.bytes.length - this.at) throw new PastEnd();
    this.at += length;
    return this.at - length;
  }
}
