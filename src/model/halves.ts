/** Half-precision numbers by way of tables: 65,536 values each, made on first use. */

let halves: Float32Array | undefined;

/** The value of an IEEE binary16. */
export function f32FromF16(bits: number): number {
  halves ??= Float32Array.from({ length: 65536 }, (_, half) => {
    const sign = half & 0x8000 ? -1 : 1;
    const exponent = (half >> 10) & 31;
    const fraction = half & 1023;
    if (exponent === 0) return sign * fraction * 2 ** -24;
    if (exponent === 31) return fraction ? NaN : sign * Infinity;
    return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
  });
  return halves[bits];
}

/** The nearest IEEE binary16, ties to even; what is too large becomes infinite. */
export function f16FromF32(value: number): number {
  real[0] = value;
  const bits = word[0];
  const sign = (bits >>> 16) & 0x8000;
  const size = bits & 0x7fffffff;
  if (size >= 0x47800000) return sign | (size > 0x7f800000 ? 0x7e00 : 0x7c00);
  if (size >= 0x38800000) return sign | roundedShift(size - 0x38000000, 13);
  if (size < 0x33000000) return sign;
  // Below 2⁻¹⁴ the fraction keeps its leading one and loses a bit a power.
  return sign | roundedShift((size & 0x7fffff) | 0x800000, 126 - (size >>> 23));
}

/** The nearest bfloat16, ties to even. */
export function bf16FromF32(value: number): number {
  real[0] = value;
  return (word[0] >>> 16) & 0x8000 | roundedShift(word[0] & 0x7fffffff, 16);
}

/** bits / 2^by of bits below 2³¹, rounded to the nearest whole number, ties to even. */
function roundedShift(bits: number, by: number): number {
  return (bits + (1 << (by - 1)) - 1 + ((bits >>> by) & 1)) >>> by;
}

const word = new Uint32Array(1);
const real = new Float32Array(word.buffer);

/** The value of a bfloat16: the upper half of an f32. */
export function f32FromBf16(bits: number): number {
  word[0] = bits << 16;
  return real[0];
}
