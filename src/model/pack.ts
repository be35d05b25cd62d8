/** How a student's weights lie on the device where not as they are: which of them, and their words. */
import { BLOCKS, panelsOf, wordsFor, type Lying } from '../gpu/packing';
import { f16FromF32, f32FromF16 } from './halves';

/**
 * How a parameter lies where the student is packed so: matrices whose rows are whole blocks, the rest in f32. Where 4 bits are asked
 * for, tables that are looked up or read the logits from stay in 8: they are shared by all layers.
 */
export function packingOf(name: string, shape: readonly number[], packing: Lying | undefined): Lying | undefined {
  if (!packing || shape.length !== 2 || /wpe\.weight$/.test(name)) return undefined;
  if (packing === 'panels') return packing;
  const own = packing === 'q4' && /(embed_tokens|wte|lm_head)\.weight$/.test(name) ? 'q8' : packing;
  return shape[1] % BLOCKS[own].values === 0 ? own : undefined;
}

/** Whole rows of values, and whole panels but for the last, as words. */
export function pack(values: Float32Array, packing: Lying, width: number): Float32Array | Uint32Array {
  if (packing === 'panels') return panelsOf(values, width);
  const words = new Uint32Array(wordsFor(values.length, packing));
  if (packing === 'f16') for (let i = 0; i < words.length; i++) words[i] = (saturated(values[2 * i]) | (saturated(values[2 * i + 1]) << 16)) >>> 0;
  else if (packing === 'q8') packBytes(values, words);
  else packNibbles(values, words);
  return words;
}

/** The largest half in place of an infinity. */
function saturated(value: number): number {
  const bits = f16FromF32(value);
  return (bits & 0x7fff) === 0x7c00 ? bits - 1 : bits;
}

/** A scale of absmax / 127 and bytes, as ggml's Q8_0 but for the scale, which keeps all its bits. */
function packBytes(values: Float32Array, words: Uint32Array): void {
  const reals = new Float32Array(words.buffer);
  for (let block = 0, at = 0; block < values.length; block += 32, at += 9) {
    let most = 0;
    for (let i = 0; i < 32; i++) most = Math.max(most, Math.abs(values[block + i]));
    reals[at] = most / 127;
    const scale = reals[at];
    for (let i = 0; i < 32; i++) {
      const whole = scale === 0 ? 0 : Math.max(-127, Math.min(127, Math.round(values[block + i] / scale)));
      words[at + 1 + (i >> 2)] |= (whole & 255) << (8 * (i & 3));
    }
  }
}

/** Sixteen steps from the block's least value to its largest, as ggml's Q4_1. */
function packNibbles(values: Float32Array, words: Uint32Array): void {
  for (let block = 0, at = 0; block < values.length; block += 32, at += 5) {
    let [least, most] = [Infinity, -Infinity];
    for (let i = 0; i < 32; i++) {
      least = Math.min(least, values[block + i]);
      most = Math.max(most, values[block + i]);
    }
    const [step, start] = [saturated((most - least) / 15), saturated(least)];
    words[at] = (step | (start << 16)) >>> 0;
    const [scale, from] = [f32FromF16(step), f32FromF16(start)];
    for (let i = 0; i < 32; i++) {
      const whole = scale === 0 ? 0 : Math.max(0, Math.min(15, Math.round((values[block + i] - from) / scale)));
      words[at + 1 + (i >> 3)] |= whole << (4 * (i & 7));
    }
  }
}
