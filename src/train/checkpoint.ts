/** A checkpoint as bytes: header, numbers, checksum. A torn or foreign file is refused, never half-read. */
import { StudioError } from '../core/errors';
import { readKernelChoices } from '../gpu/kernelChoices';
import type { Checkpoint } from './types';

const MAGIC = 0x53544154; // "STAT"
const VERSION = 2;
const HEADER_WORDS = 7;

/**
 * Layout, little-endian: magic, version, step, params length, losses length, tokens, bytes of kernels (u32 each); params, m, v (f32);
 * losses (f64); kernels (JSON in UTF-8); FNV-1a (u32).
 */
export function encodeCheckpoint({ step, params, m, v, losses, tokens, kernels }: Checkpoint): Uint8Array {
  const named = new TextEncoder().encode(JSON.stringify(kernels));
  const bytes = new Uint8Array(HEADER_WORDS * 4 + params.length * 12 + losses.length * 8 + named.length + 4);
  const view = new DataView(bytes.buffer);
  [MAGIC, VERSION, step, params.length, losses.length, tokens, named.length].forEach((word, i) => view.setUint32(4 * i, word, true));
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
  const [magic, version, step, count, lossCount, tokens, kernelLength] = Array.from({ length: HEADER_WORDS }, (_, i) => view.getUint32(4 * i, true));
  if (magic !== MAGIC || version < 1 || version > VERSION) throw broken('is of another format');
  // The first version named no kernels.
  const [words, kernelBytes] = version === 1 ? [HEADER_WORDS - 1, 0] : [HEADER_WORDS, kernelLength];
  const kernelsAt = words * 4 + count * 12 + lossCount * 8;
  const end = kernelsAt + kernelBytes;
  if (bytes.length !== end + 4) throw broken('is cut short');
  if (view.getUint32(end, true) !== checksum(bytes.subarray(0, end))) throw broken('does not match its checksum');
  const floats = (index: number) => new Float32Array(bytes.slice(words * 4 + index * count * 4, words * 4 + (index + 1) * count * 4).buffer);
  const lossesAt = words * 4 + count * 12;
  const losses = Array.from({ length: lossCount }, (_, i) => view.getFloat64(lossesAt + 8 * i, true));
  const kernels = version === 1 ? {} : readKernels(bytes.subarray(kernelsAt, end));
  if (!kernels) throw broken('names its kernels in another way');
  return { step, params: floats(0), m: floats(1), v: floats(2), losses, tokens, kernels };
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
