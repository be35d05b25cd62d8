/** The formats numbers lie in inside weight files: how many values a block holds, how many bytes it takes, and its values as f32. */
import { decodeQ4_0, decodeQ4_1, decodeQ4_K, decodeQ5_0, decodeQ5_1, decodeQ5_K, decodeQ6_K, decodeQ8_0 } from './dequantise';
import { f32FromBf16, f32FromF16 } from './halves';
import type { NumberFormat } from './types';

interface Format {
  /** Values in a block; 1 for plain numbers. */
  values: number;
  /** Bytes of a block. */
  bytes: number;
  /** Fills `out` from whole blocks. */
  decode(view: DataView, out: Float32Array): void;
}

const plain = (bytes: number, read: (view: DataView, at: number) => number): Format => ({
  values: 1, bytes,
  decode(view, out) {
    for (let i = 0; i < out.length; i++) out[i] = read(view, i * bytes);
  },
});

export const numberFormats: Record<NumberFormat, Format> = {
  F32: plain(4, (view, at) => view.getFloat32(at, true)),
  F16: plain(2, (view, at) => f32FromF16(view.getUint16(at, true))),
  BF16: plain(2, (view, at) => f32FromBf16(view.getUint16(at, true))),
  Q8_0: { values: 32, bytes: 34, decode: decodeQ8_0 },
  Q4_0: { values: 32, bytes: 18, decode: decodeQ4_0 },
  Q4_1: { values: 32, bytes: 20, decode: decodeQ4_1 },
  Q5_0: { values: 32, bytes: 22, decode: decodeQ5_0 },
  Q5_1: { values: 32, bytes: 24, decode: decodeQ5_1 },
  Q4_K: { values: 256, bytes: 144, decode: decodeQ4_K },
  Q5_K: { values: 256, bytes: 176, decode: decodeQ5_K },
  Q6_K: { values: 256, bytes: 210, decode: decodeQ6_K },
};

/** Bytes of `count` values; `count` is a multiple of the format's block. */
export function bytesOf(format: NumberFormat, count: number): number {
  const { values, bytes } = numberFormats[format];
  return (count / values) * bytes;
}

/** @param bytes whole blocks of `format` */
export function decodeNumbers(format: NumberFormat, bytes: Uint8Array): Float32Array {
  const { values, bytes: size, decode } = numberFormats[format];
  const out = new Float32Array((bytes.length / size) * values);
  decode(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), out);
  return out;
}
