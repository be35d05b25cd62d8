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

const word = new Uint32Array(1);
const real = new Float32Array(word.buffer);

/** The value of a bfloat16: the upper half of an f32. */
export function f32FromBf16(bits: number): number {
  word[0] = bits << 16;
  return real[0];
}
