/** Writes GGUF, version 3: metadata, the list of tensors, then their numbers on 32-byte borders. */
import type { WrittenFormat } from '../encodeNumbers';
import { tensorPieces, type Pieces } from '../export/pieces';
import { bytesOf } from '../numberFormats';
import type { TensorSource } from '../types';

/** A value with the type that GGUF keeps it in. */
export type WrittenValue =
  | { u32: number } | { f32: number } | { bool: boolean } | { text: string }
  | { texts: readonly string[] } | { f32s: readonly number[] } | { i32s: readonly number[] };

export interface WrittenTensor {
  name: string;
  tensor: TensorSource;
  format: WrittenFormat;
}

const ALIGNMENT = 32;
const TYPE = { u32: 4, i32: 5, f32: 6, bool: 7, text: 8, list: 9 };
const FORMAT: Record<WrittenFormat, number> = { F32: 0, F16: 1, Q8_0: 8, BF16: 30 };

/** The file's bytes, a piece at a time. */
export async function* ggufPieces(metadata: ReadonlyMap<string, WrittenValue>, tensors: readonly WrittenTensor[]): Pieces {
  const head = new Bytes();
  head.raw(new TextEncoder().encode('GGUF'));
  head.u32(3);
  head.u64(tensors.length);
  head.u64(metadata.size);
  for (const [key, value] of metadata) {
    head.text(key);
    writeValue(head, value);
  }
  let offset = 0;
  for (const { name, tensor: { shape }, format } of tensors) {
    head.text(name);
    head.u32(shape.length);
    for (const size of [...shape].reverse()) head.u64(size);
    head.u32(FORMAT[format]);
    head.u64(offset);
    offset += aligned(sizeOf(shape, format));
  }
  head.raw(new Uint8Array(aligned(head.length) - head.length));
  yield head.bytes();
  for (const { tensor, format } of tensors) {
    yield* tensorPieces(tensor, format);
    const size = sizeOf(tensor.shape, format);
    yield new Uint8Array(aligned(size) - size);
  }
}

function writeValue(head: Bytes, value: WrittenValue): void {
  if ('u32' in value) head.typed(TYPE.u32).u32(value.u32);
  else if ('f32' in value) head.typed(TYPE.f32).f32(value.f32);
  else if ('bool' in value) head.typed(TYPE.bool).raw(Uint8Array.of(value.bool ? 1 : 0));
  else if ('text' in value) head.typed(TYPE.text).text(value.text);
  else if ('texts' in value) {
    head.typed(TYPE.list).typed(TYPE.text).u64(value.texts.length);
    for (const text of value.texts) head.text(text);
  } else if ('f32s' in value) {
    head.typed(TYPE.list).typed(TYPE.f32).u64(value.f32s.length);
    for (const each of value.f32s) head.f32(each);
  } else {
    head.typed(TYPE.list).typed(TYPE.i32).u64(value.i32s.length);
    for (const each of value.i32s) head.u32(each);
  }
}

function sizeOf(shape: readonly number[], format: WrittenFormat): number {
  return bytesOf(format, shape.reduce((a, b) => a * b, 1));
}

function aligned(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
}

/** Little-endian bytes that grow. */
class Bytes {
  private room = new Uint8Array(1 << 16);
  length = 0;

  raw(bytes: Uint8Array): void {
    if (this.length + bytes.length > this.room.length) {
      const larger = new Uint8Array(Math.max(2 * this.room.length, this.length + bytes.length));
      larger.set(this.room);
      this.room = larger;
    }
    this.room.set(bytes, this.length);
    this.length += bytes.length;
  }

  u32(value: number): this {
    this.raw(new Uint8Array(Uint32Array.of(value).buffer));
    return this;
  }

  u64(value: number): void {
    this.raw(new Uint8Array(BigUint64Array.of(BigInt(value)).buffer));
  }

  f32(value: number): void {
    this.raw(new Uint8Array(Float32Array.of(value).buffer));
  }

  text(value: string): void {
    const bytes = new TextEncoder().encode(value);
    this.u64(bytes.length);
    this.raw(bytes);
  }

  typed(type: number): this {
    return this.u32(type);
  }

  bytes(): Uint8Array {
    return this.room.slice(0, this.length);
  }
}
