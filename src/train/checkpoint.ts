/** A checkpoint as bytes: header, numbers, checksum. A torn or foreign file is refused, never half-read. */
import { StudioError } from '../core/errors';
import { readKernelChoices } from '../gpu/kernelChoices';
import type { Checkpoint } from './types';

const MAGIC = 0x53544154; // "STAT"
const VERSION = 3;
const HEADER_WORDS = 8;

/**
 * Layout, little-endian: magic, version, step, params length, losses length, tokens, bytes of kernels, words of each moment (u32
 * each); params (f32); m, v (32-bit words); losses (f64); kernels (JSON in UTF-8); FNV-1a (u32).
 */
export function encodeCheckpoint({ step, params, m, v, losses, tokens, kernels }: Checkpoint): Uint8Array {
  const named = new TextEncoder().encode(JSON.stringify(kernels));
  const bytes = new Uint8Array(HEADER_WORDS * 4 + (params.length + 2 * m.length) * 4 + losses.length * 8 + named.length + 4);
  const view = new DataView(bytes.buffer);
  [MAGIC, VERSION, step, params.length, losses.length, tokens, named.length, m.length].forEach((word, i) => view.setUint32(4 * i, word, true));
  let at = HEADER_WORDS * 4;
  for (const values of [params, m, v]) {
    bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), at);
    at += values.byteLength;
  }
  for (const loss of losses) {
    view.setFloat64(at, loss, true);
    at += 8;
  }
  bytes.set(named, at);
  at += named.length;
  view.setUint32(at, checksum(bytes.subarray(0, at)), true);
  return bytes;
}

/** @throws StudioError `checkpoint-broken` */
export function decodeCheckpoint(bytes: Uint8Array): Checkpoint {
  const broken = (what: string) => new StudioError('checkpoint-broken', `The checkpoint ${what}.`, { remedy: 'Start this run again from the beginning.' });
  if (bytes.length < HEADER_WORDS * 4 + 4) throw broken('is cut short');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [magic, version, step, count, lossCount, tokens, kernelLength, momentWords] = Array.from({ length: HEADER_WORDS }, (_, i) => view.getUint32(4 * i, true));
  if (magic !== MAGIC || version < 1 || version > VERSION) throw broken('is of another format');
  // The first version named no kernels, and the second kept moments as long as the parameters.
  const start = (HEADER_WORDS - VERSION + version) * 4;
  const kernelBytes = version === 1 ? 0 : kernelLength;
  const moments = version < 3 ? count : momentWords;
  const lossesAt = start + (count + 2 * moments) * 4;
  const kernelsAt = lossesAt + lossCount * 8;
  const end = kernelsAt + kernelBytes;
  if (bytes.length !== end + 4) throw broken('is cut short');
  if (view.getUint32(end, true) !== checksum(bytes.subarray(0, end))) throw broken('does not match its checksum');
  const words = (from: number, length: number) => new Float32Array(bytes.slice(start + 4 * from, start + 4 * (from + length)).buffer);
  const losses = Array.from({ length: lossCount }, (_, i) => view.getFloat64(lossesAt + 8 * i, true));
  const kernels = version === 1 ? {} : readKernels(bytes.subarray(kernelsAt, end));
  if (!kernels) throw broken('names its kernels in another way');
  return { step, params: words(0, count), m: words(count, moments), v: words(count + moments, moments), losses, tokens, kernels };
}

function readKernels(bytes: Uint8Array): Checkpoint['kernels'] | undefined {
  try {
    return readKernelChoices(JSON.parse(new TextDecoder().decode(bytes)));
  } catch {
    return undefined;
  }
}

function checksum(bytes: Uint8Array): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < bytes.length; i++) h = Math.imul(h ^ bytes[i], 0x01000193);
  return h >>> 0;
}
