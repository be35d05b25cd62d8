/**
 * Weights packed into 32-bit words: two halves; or blocks of 32 values as one f32 scale and 32 signed bytes (9 words), or as a half
 * scale, a half minimum and 32 nibbles (5 words). Kernels unpack them as they read, so no feature of the adapter is needed.
 *
 * And weights laid out as the processor's products read them: panels of eight rows, the first number of each, then the second, and
 * so on; rows are filled up to whole panels with zeros. Nothing is lost, and it is the only copy, so it cannot be out of date.
 */
import type { Random } from '../core/random';

export type Packing = 'f16' | 'q8' | 'q4';
export const PACKINGS = ['f16', 'q8', 'q4'] as const satisfies readonly Packing[];

/** How a matrix may lie. */
export type Lying = Packing | 'panels';

/** Rows of a panel. */
export const PANEL = 8;

/** Values of a block and the words it takes; rows are whole blocks. */
export const BLOCKS: Record<Packing, { values: number; words: number }> = {
  f16: { values: 2, words: 1 }, q8: { values: 32, words: 9 }, q4: { values: 32, words: 5 },
};

/** Numbers that the kernels tell packings by. */
export const PACKING_CODES: Record<Lying, number> = { f16: 1, q8: 2, q4: 3, panels: 4 };

/** 32-bit words of that many values: of whole blocks, or whole panels. */
export function wordsFor(values: number, packing?: Lying): number {
  return packing && packing !== 'panels' ? (values / BLOCKS[packing].values) * BLOCKS[packing].words : values;
}

/** Rows of so many values in panels. */
export function panelsOf(values: Float32Array, width: number): Float32Array {
  const rows = values.length / width;
  const panels = new Float32Array(Math.ceil(rows / PANEL) * PANEL * width);
  for (let row = 0; row < rows; row++) {
    const to = (row - (row % PANEL)) * width + (row % PANEL);
    for (let i = 0, from = row * width; i < width; i++) panels[to + i * PANEL] = values[from + i];
  }
  return panels;
}

/** The value of an IEEE binary16. */
function half(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** What the kernels make of a matrix's words, for their references: its rows, with those that only fill up a panel at their end. */
export function unpacked(words: ArrayLike<number>, packing: Lying, width: number): Float64Array {
  if (packing === 'panels') {
    return Float64Array.from(words, (_, i) => {
      const [row, at] = [Math.floor(i / width), i % width];
      return words[(row - (row % PANEL)) * width + (row % PANEL) + at * PANEL];
    });
  }
  const { values, words: size } = BLOCKS[packing];
  const bits = Uint32Array.from(words);
  const reals = new Float32Array(bits.buffer);
  const out = new Float64Array((bits.length / size) * values);
  for (let i = 0; i < out.length; i++) {
    const at = Math.floor(i / values) * size;
    const within = i % values;
    if (packing === 'f16') out[i] = half((bits[at] >>> (16 * within)) & 0xffff);
    else if (packing === 'q8') out[i] = (((bits[at + 1 + (within >> 2)] >>> (8 * (within & 3))) << 24) >> 24) * reals[at];
    else out[i] = ((bits[at + 1 + (within >> 3)] >>> (4 * (within & 7))) & 15) * half(bits[at] & 0xffff) + half(bits[at] >>> 16);
  }
  return out;
}

/** Random packed words, whose halves and scales are numbers of ordinary size. */
export function randomWords(count: number, packing: Packing, random: Random): Uint32Array {
  const words = Uint32Array.from({ length: count }, () => random.u32());
  const { words: size } = BLOCKS[packing];
  const half16 = () => 0x2c00 + random.below(0x0800) + 0x8000 * random.below(2);
  const scale = new Float32Array(1);
  for (let at = 0; at < words.length; at += size) {
    scale[0] = 0.01 * (1 + random.float());
    words[at] = packing === 'q8' ? new Uint32Array(scale.buffer)[0] : (half16() | (half16() << 16)) >>> 0;
  }
  return words;
}
