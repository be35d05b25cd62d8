/** The safetensors format: an 8-byte header length, a JSON header, then raw little-endian numbers. Hostile input: everything is checked. */
import * as v from 'valibot';
import { StudioError } from '../core/errors';
import type { Params } from './types';

const HEADER_LIMIT = 100_000_000;
const BYTES = { F32: 4, F16: 2, BF16: 2 } as const;

const Entry = v.object({
  dtype: v.string(),
  shape: v.array(v.pipe(v.number(), v.integer(), v.minValue(0))),
  data_offsets: v.tuple([v.pipe(v.number(), v.integer(), v.minValue(0)), v.pipe(v.number(), v.integer(), v.minValue(0))]),
});

/**
 * Reads every F32, F16 and BF16 tensor as f32.
 * @throws StudioError `model-bad-weights` naming the file and what is wrong with it.
 */
export function readSafetensors(bytes: Uint8Array, file: string): Params {
  const bad = (what: string) => new StudioError('model-bad-weights', what, { where: file, kept: 'Nothing was loaded.', remedy: 'Download the file again, whole.' });
  const start = new TextDecoder().decode(bytes.subarray(0, 40));
  if (start.startsWith('version https://git-lfs')) throw bad('This is a Git LFS pointer, not the weights themselves.');
  if (start.startsWith('GGUF')) throw bad('This is a GGUF file, not safetensors.');
  if (bytes.length < 8) throw bad('The weights file is cut short: it has no header.');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerLength = Number(view.getBigUint64(0, true));
  if (headerLength > HEADER_LIMIT || headerLength < 2 || view.getUint8(8) !== 0x7b) throw bad('This is not a safetensors file.');
  if (8 + headerLength > bytes.length) throw bad('The weights file is cut short inside its header.');
  let header: Record<string, unknown>;
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(8, 8 + headerLength))) as Record<string, unknown>;
  } catch (cause) {
    throw new StudioError('model-bad-weights', 'The header of the weights file is not JSON.', { where: file, cause });
  }
  const params: Params = new Map();
  for (const [name, raw] of Object.entries(header)) {
    if (name === '__metadata__') continue;
    const parsed = v.safeParse(Entry, raw);
    if (!parsed.success) throw bad(`The entry "${name.slice(0, 80)}" in the header is malformed.`);
    const { dtype, shape, data_offsets: [from, to] } = parsed.output;
    if (!(dtype in BYTES)) throw bad(`The tensor "${name.slice(0, 80)}" has type ${dtype.slice(0, 20)}; only F32, F16 and BF16 are read.`);
    const width = BYTES[dtype as keyof typeof BYTES];
    const count = shape.reduce((a, b) => a * b, 1);
    if (to - from !== count * width) throw bad(`The tensor "${name.slice(0, 80)}" has ${to - from} bytes where its shape [${shape}] needs ${count * width}.`);
    if (8 + headerLength + to > bytes.length) throw bad(`The weights file is cut short: "${name.slice(0, 80)}" reaches past its end.`);
    const at = 8 + headerLength + from;
    params.set(name, { shape, data: toF32(bytes.slice(at, at + count * width), dtype as keyof typeof BYTES) });
  }
  return params;
}

function toF32(bytes: Uint8Array, dtype: keyof typeof BYTES): Float32Array {
  if (dtype === 'F32') return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
  const halves = new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2);
  if (dtype === 'BF16') {
    const bits = Uint32Array.from(halves, (half) => half << 16);
    return new Float32Array(bits.buffer);
  }
  return Float32Array.from(halves, f32FromF16);
}

function f32FromF16(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >> 10) & 31;
  const fraction = half & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
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
