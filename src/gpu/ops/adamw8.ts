/**
 * AdamW whose moments are kept in 8 bits, in blocks of 64 numbers with a scale of their own (block-wise, Dettmers et al. 2022,
 * arXiv 2110.02861). With s the block's greatest, m = s · sign(q) · (|q| / 127)⁴ and v = s · ((q + 1) / 256)⁴: a fourth root in place of
 * their table, which a kernel inverts with two square roots; no level of v is zero, since m is divided by its root (Li et al. 2023,
 * arXiv 2309.01507). Rounding is drawn, from the number's place and the step alone: rounded to the nearest, a β2 of 0.999 would never
 * move v by a level. The update itself uses the moments before they are rounded.
 */
import shader from '$shaders/adamw8.wgsl?raw';
import { ceilDiv, elements, grid, type Op } from '../graph';

/** Numbers of a block. */
export const MOMENT_BLOCK = 64;
/** 32-bit words it takes: the scale's bits, then four numbers a word. */
export const MOMENT_WORDS = 17;
/** Blocks of a unit of the processor's kernel (kernels/adamw8.ts). */
const UNIT_BLOCKS = 64;

export const adamw8: Op = {
  name: 'adamw8',
  dispatch({ inputs: [grads, squaredNorm, hyper], outputs: [params, m, v] }) {
    const blocks = elements(params) / MOMENT_BLOCK;
    return {
      shader, settings: { TREE: true }, uniforms: [blocks], groups: grid(blocks),
      bindings: [
        { binding: 1, tensor: params, write: true }, { binding: 2, tensor: grads }, { binding: 3, tensor: m, write: true },
        { binding: 4, tensor: v, write: true }, { binding: 5, tensor: squaredNorm }, { binding: 6, tensor: hyper },
      ],
    };
  },
  kernels({ inputs: [grads, squaredNorm, hyper], outputs: [params, m, v] }) {
    const blocks = elements(params) / MOMENT_BLOCK;
    return { calls: [{ kernel: 'adamw8', args: [params, grads, m, v, squaredNorm, hyper, blocks], units: ceilDiv(blocks, UNIT_BLOCKS) }], own: 2 * MOMENT_BLOCK };
  },
  reference([grads, [squaredNorm], hyper], [params, m, v]) {
    if (!Number.isFinite(squaredNorm)) return;
    const [rate, beta1, beta2, epsilon, decay, clip, bias1, bias2, , step] = hyper;
    const shrink = clip > 0 ? Math.min(1, clip / (Math.sqrt(squaredNorm) + 1e-6)) : 1;
    for (let block = 0; block < params.length / MOMENT_BLOCK; block++) {
      const at = block * MOMENT_WORDS;
      const [first, second] = [new Float64Array(MOMENT_BLOCK), new Float64Array(MOMENT_BLOCK)];
      for (let local = 0; local < MOMENT_BLOCK; local++) {
        const i = block * MOMENT_BLOCK + local;
        const g = grads[i] * shrink;
        first[local] = beta1 * firstMoment(m, at, local) + (1 - beta1) * g;
        second[local] = beta2 * secondMoment(v, at, local) + (1 - beta2) * g * g;
        params[i] -= rate * (first[local] / bias1 / (Math.sqrt(second[local] / bias2) + epsilon) + decay * params[i]);
      }
      const scaleM = Math.fround(first.reduce((most, x) => Math.max(most, Math.abs(x)), 0));
      const scaleV = Math.fround(second.reduce((most, x) => Math.max(most, x), 0));
      [m[at], v[at]] = new Uint32Array(Float32Array.of(scaleM, scaleV).buffer);
      m.fill(0, at + 1, at + MOMENT_WORDS);
      v.fill(0, at + 1, at + MOMENT_WORDS);
      for (let local = 0; local < MOMENT_BLOCK; local++) {
        const drawn = mix((block * MOMENT_BLOCK + local + mix(step)) >>> 0);
        const level = (share: number, top: number, dither: number) => Math.floor(Math.sqrt(Math.sqrt(share)) * top + dither / 65536);
        const size = scaleM > 0 ? Math.min(127, level(Math.abs(first[local]) / scaleM, 127, drawn >>> 16)) : 0;
        const byteV = Math.max(0, Math.min(255, (scaleV > 0 ? level(second[local] / scaleV, 256, drawn & 0xffff) : 0) - 1));
        const place = 2 ** (8 * (local % 4));
        m[at + 1 + Math.floor(local / 4)] += place * (first[local] < 0 && size > 0 ? 256 - size : size);
        v[at + 1 + Math.floor(local / 4)] += place * byteV;
      }
    }
  },
};

/** A number of the block whose words start at `at`. */
export function firstMoment(words: ArrayLike<number>, at: number, local: number): number {
  const level = (byteOf(words, at, local) << 24) >> 24;
  return scaleOf(words[at]) * Math.sign(level) * (level / 127) ** 4;
}

export function secondMoment(words: ArrayLike<number>, at: number, local: number): number {
  return scaleOf(words[at]) * ((byteOf(words, at, local) + 1) / 256) ** 4;
}

function byteOf(words: ArrayLike<number>, at: number, local: number): number {
  return (words[at + 1 + Math.floor(local / 4)] >>> (8 * (local % 4))) & 255;
}

function scaleOf(bits: number): number {
  return new Float32Array(Uint32Array.of(bits).buffer)[0];
}

/** Murmur3's finaliser. */
function mix(h: number): number {
  const a = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  const b = Math.imul(a ^ (a >>> 13), 0xc2b2ae35);
  return (b ^ (b >>> 16)) >>> 0;
}
