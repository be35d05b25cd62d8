/**
 * ggml's quantised blocks as f32 (ggml-quants.c, `dequantize_row_*`; checked bit for bit against the `gguf` package).
 * Little-endian; d and m are f16 scales; a block of 32 lies with its low nibbles first (values 0–15), then the high ones (16–31).
 */
import { f32FromF16 } from './halves';

const BLOCK = 32;
const SUPER = 256;

type Decode = (view: DataView, out: Float32Array) => void;

/** The product and sum in f32 steps, as ggml has them. */
const { fround } = Math;

/** { d, int8 × 32 }: d·q */
export const decodeQ8_0: Decode = (view, out) => {
  for (let at = 0, to = 0; to < out.length; at += 34, to += BLOCK) {
    const d = f32FromF16(view.getUint16(at, true));
    for (let i = 0; i < BLOCK; i++) out[to + i] = d * view.getInt8(at + 2 + i);
  }
};

/** { d, nibbles × 32 }: d·(q − 8) */
export const decodeQ4_0: Decode = (view, out) => {
  for (let at = 0, to = 0; to < out.length; at += 18, to += BLOCK) {
    const d = f32FromF16(view.getUint16(at, true));
    for (let i = 0; i < 16; i++) {
      const both = view.getUint8(at + 2 + i);
      out[to + i] = d * ((both & 15) - 8);
      out[to + i + 16] = d * ((both >> 4) - 8);
    }
  }
};

/** { d, m, nibbles × 32 }: d·q + m */
export const decodeQ4_1: Decode = (view, out) => {
  for (let at = 0, to = 0; to < out.length; at += 20, to += BLOCK) {
    const d = f32FromF16(view.getUint16(at, true));
    const m = f32FromF16(view.getUint16(at + 2, true));
    for (let i = 0; i < 16; i++) {
      const both = view.getUint8(at + 4 + i);
      out[to + i] = fround(d * (both & 15)) + m;
      out[to + i + 16] = fround(d * (both >> 4)) + m;
    }
  }
};

/** { d, fifth bits u32, nibbles × 32 }: d·(q − 16) */
export const decodeQ5_0: Decode = (view, out) => {
  for (let at = 0, to = 0; to < out.length; at += 22, to += BLOCK) {
    const d = f32FromF16(view.getUint16(at, true));
    const high = view.getUint32(at + 2, true);
    for (let i = 0; i < 16; i++) {
      const both = view.getUint8(at + 6 + i);
      out[to + i] = d * (((both & 15) | (((high >>> i) & 1) << 4)) - 16);
      out[to + i + 16] = d * (((both >> 4) | (((high >>> (i + 16)) & 1) << 4)) - 16);
    }
  }
};

/** { d, m, fifth bits u32, nibbles × 32 }: d·q + m */
export const decodeQ5_1: Decode = (view, out) => {
  for (let at = 0, to = 0; to < out.length; at += 24, to += BLOCK) {
    const d = f32FromF16(view.getUint16(at, true));
    const m = f32FromF16(view.getUint16(at + 2, true));
    const high = view.getUint32(at + 4, true);
    for (let i = 0; i < 16; i++) {
      const both = view.getUint8(at + 8 + i);
      out[to + i] = fround(d * ((both & 15) | (((high >>> i) & 1) << 4))) + m;
      out[to + i + 16] = fround(d * ((both >> 4) | (((high >>> (i + 16)) & 1) << 4))) + m;
    }
  }
};

/** The 6-bit scale and minimum of sub-block `j` of 8, packed in 12 bytes (`get_scale_min_k4`). */
function scaleAndMin(view: DataView, at: number, j: number): [scale: number, min: number] {
  const byte = (i: number) => view.getUint8(at + i);
  if (j < 4) return [byte(j) & 63, byte(j + 4) & 63];
  return [(byte(j + 4) & 15) | ((byte(j - 4) >> 6) << 4), (byte(j + 4) >> 4) | ((byte(j) >> 6) << 4)];
}

/** { d, m, 12 bytes of scales and minima, nibbles × 256 }: d·scale·q − m·min in 8 sub-blocks of 32 */
export const decodeQ4_K: Decode = (view, out) => {
  for (let at = 0, to = 0; to < out.length; at += 144, to += SUPER) {
    const d = f32FromF16(view.getUint16(at, true));
    const m = f32FromF16(view.getUint16(at + 2, true));
    for (let j = 0; j < 8; j++) {
      const [scale, min] = scaleAndMin(view, at + 4, j);
      const [d1, m1] = [fround(d * scale), fround(m * min)];
      const quants = at + 16 + (j >> 1) * BLOCK;
      for (let i = 0; i < BLOCK; i++) {
        const both = view.getUint8(quants + i);
        out[to + j * BLOCK + i] = fround(d1 * (j & 1 ? both >> 4 : both & 15)) - m1;
      }
    }
  }
};

/** As Q4_K, with 32 bytes of fifth bits before the nibbles: bit j of byte i belongs to sub-block j */
export const decodeQ5_K: Decode = (view, out) => {
  for (let at = 0, to = 0; to < out.length; at += 176, to += SUPER) {
    const d = f32FromF16(view.getUint16(at, true));
    const m = f32FromF16(view.getUint16(at + 2, true));
    for (let j = 0; j < 8; j++) {
      const [scale, min] = scaleAndMin(view, at + 4, j);
      const [d1, m1] = [fround(d * scale), fround(m * min)];
      const quants = at + 48 + (j >> 1) * BLOCK;
      for (let i = 0; i < BLOCK; i++) {
        const both = view.getUint8(quants + i);
        const fifth = ((view.getUint8(at + 16 + i) >> j) & 1) << 4;
        out[to + j * BLOCK + i] = fround(d1 * ((j & 1 ? both >> 4 : both & 15) | fifth)) - m1;
      }
    }
  }
};

/** { low nibbles × 256, high 2 bits × 256, int8 scales × 16, d }: d·scale·(q − 32) in 16 sub-blocks of 16 */
export const decodeQ6_K: Decode = (view, out) => {
  for (let at = 0, to = 0; to < out.length; at += 210, to += SUPER) {
    const d = f32FromF16(view.getUint16(at + 208, true));
    for (let half = 0; half < 2; half++) {
      const [low, high, scales, base] = [at + half * 64, at + 128 + half * 32, at + 192 + half * 8, to + half * 128];
      for (let part = 0; part < 4; part++) {
        for (let i = 0; i < 32; i++) {
          const nibbles = view.getUint8(low + (part & 1) * 32 + i);
          const bits = (part < 2 ? nibbles & 15 : nibbles >> 4) | (((view.getUint8(high + i) >> (2 * part)) & 3) << 4);
          const scale = view.getInt8(scales + part * 2 + (i >> 4));
          out[base + part * 32 + i] = fround(d * scale) * (bits - 32);
        }
      }
    }
  }
};
