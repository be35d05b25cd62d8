/** What the kernels share: words of a call, multiply-add, sums and maxima over lanes, and the exponential. */

/** Word `i` of a call's arguments, as a whole number or an address. */
// @ts-ignore: decorator
@inline
export function word(args: usize, i: usize): u32 {
  return load<u32>(args + (i << 2));
}

/** Word `i` of a call's arguments, as a float. */
// @ts-ignore: decorator
@inline
export function real(args: usize, i: usize): f32 {
  return load<f32>(args + (i << 2));
}

/** a · b + c: one instruction where the engine has relaxed SIMD and the processor FMA, two otherwise. */
// @ts-ignore: decorator
@inline
export function madd(a: v128, b: v128, c: v128): v128 {
  return ASC_FEATURE_RELAXED_SIMD ? f32x4.relaxed_madd(a, b, c) : f32x4.add(f32x4.mul(a, b), c);
}

// @ts-ignore: decorator
@inline
export function zeros(): v128 {
  return f32x4.splat(0);
}

/** Sum of the four lanes. */
// @ts-ignore: decorator
@inline
export function total(v: v128): f32 {
  const pairs = f32x4.add(v, v128.shuffle<f32>(v, v, 2, 3, 0, 1));
  return f32x4.extract_lane(f32x4.add(pairs, v128.shuffle<f32>(pairs, pairs, 1, 0, 3, 2)), 0);
}

/** Sums of the lanes of four vectors. */
// @ts-ignore: decorator
@inline
export function totals(a: v128, b: v128, c: v128, d: v128): v128 {
  const ab = f32x4.add(v128.shuffle<f32>(a, b, 0, 4, 1, 5), v128.shuffle<f32>(a, b, 2, 6, 3, 7));
  const cd = f32x4.add(v128.shuffle<f32>(c, d, 0, 4, 1, 5), v128.shuffle<f32>(c, d, 2, 6, 3, 7));
  return f32x4.add(v128.shuffle<f32>(ab, cd, 0, 1, 4, 5), v128.shuffle<f32>(ab, cd, 2, 3, 6, 7));
}

/** Greatest of the four lanes. */
// @ts-ignore: decorator
@inline
export function greatest(v: v128): f32 {
  const pairs = f32x4.max(v, v128.shuffle<f32>(v, v, 2, 3, 0, 1));
  return f32x4.extract_lane(f32x4.max(pairs, v128.shuffle<f32>(pairs, pairs, 1, 0, 3, 2)), 0);
}

/**
 * e^x to about one unit in the last place; 0 below the smallest normal number, NaN of NaN. x = n · ln 2 + r with n whole, a polynomial for
 * e^r (Cephes, expf), and n added to the exponent.
 */
// @ts-ignore: decorator
@inline
export function exp(x: v128): v128 {
  const ROUND = f32x4.splat(12582912); // 1.5 · 2^23: adding it leaves n in the low bits
  const held = f32x4.pmax(f32x4.pmin(x, f32x4.splat(88.3762626647949)), f32x4.splat(-87.3365447504));
  const shifted = f32x4.add(f32x4.mul(held, f32x4.splat(1.44269504088896341)), ROUND);
  const n = f32x4.sub(shifted, ROUND);
  let r = f32x4.sub(held, f32x4.mul(n, f32x4.splat(0.693359375)));
  r = f32x4.sub(r, f32x4.mul(n, f32x4.splat(-2.12194440e-4)));
  let p = f32x4.splat(1.9875691500e-4);
  p = madd(p, r, f32x4.splat(1.3981999507e-3));
  p = madd(p, r, f32x4.splat(8.3334519073e-3));
  p = madd(p, r, f32x4.splat(4.1665795894e-2));
  p = madd(p, r, f32x4.splat(1.6666665459e-1));
  p = madd(p, r, f32x4.splat(5.0000001201e-1));
  p = f32x4.add(madd(f32x4.mul(p, r), r, r), f32x4.splat(1));
  const power = i32x4.add(i32x4.shl(shifted, 23), i32x4.splat(0x3f800000));
  return v128.andnot(f32x4.mul(p, power), f32x4.lt(x, f32x4.splat(-87.3365447504)));
}

/** e^x of one number, with the bits `exp` gives it. */
export function expOne(x: f32): f32 {
  return f32x4.extract_lane(exp(f32x4.splat(x)), 0);
}

/** cap · tanh(x / cap): numbers near 0 hardly change, none passes cap. Its slope is 1 − (result / cap)². */
export function capped(x: v128, cap: f32): v128 {
  const limit = f32x4.splat(cap);
  // tanh(z) = 1 − 2 / (1 + e^2z); for negative z by symmetry, which loses no digits near 0.
  const away = f32x4.abs(f32x4.div(x, limit));
  const grown = exp(f32x4.add(away, away));
  const far = f32x4.sub(f32x4.splat(1), f32x4.div(f32x4.splat(2), f32x4.add(f32x4.splat(1), grown)));
  const square = f32x4.mul(away, away);
  let near = madd(square, f32x4.splat(62.0 / 2835.0), f32x4.splat(-17.0 / 315.0));
  near = madd(near, square, f32x4.splat(2.0 / 15.0));
  near = madd(near, square, f32x4.splat(-1.0 / 3.0));
  near = madd(f32x4.mul(near, square), away, away);
  const tanh = v128.bitselect(near, far, f32x4.lt(away, f32x4.splat(0.25)));
  return f32x4.mul(limit, v128.or(tanh, v128.and(x, i32x4.splat(0x80000000))));
}

/** Σ a[i] · b[i] over `count` floats, always in the same order. */
// @ts-ignore: decorator
@inline
export function dot(a: usize, b: usize, count: u32): f32 {
  let low = zeros();
  let high = zeros();
  let i: u32 = 0;
  for (; i + 8 <= count; i += 8, a += 32, b += 32) {
    low = madd(v128.load(a), v128.load(b), low);
    high = madd(v128.load(a, 16), v128.load(b, 16), high);
  }
  let sum = total(f32x4.add(low, high));
  for (; i < count; i++, a += 4, b += 4) sum += load<f32>(a) * load<f32>(b);
  return sum;
}

/** The next vector of a row with `left` bytes to go; zeros past its end. */
// @ts-ignore: decorator
@inline
export function take(from: usize, left: usize): v128 {
  return left >= 16 ? v128.load(from) : takeRest(from, left);
}

/** Puts a vector into a row with `left` bytes to go, and nothing past its end. */
// @ts-ignore: decorator
@inline
export function put(to: usize, v: v128, left: usize): void {
  if (left >= 16) v128.store(to, v);
  else putRest(to, v, left);
}

function takeRest(from: usize, left: usize): v128 {
  let v = v128.load32_zero(from);
  if (left > 4) v = f32x4.replace_lane(v, 1, load<f32>(from, 4));
  if (left > 8) v = f32x4.replace_lane(v, 2, load<f32>(from, 8));
  return v;
}

function putRest(to: usize, v: v128, left: usize): void {
  store<f32>(to, f32x4.extract_lane(v, 0));
  if (left > 4) store<f32>(to, f32x4.extract_lane(v, 1), 4);
  if (left > 8) store<f32>(to, f32x4.extract_lane(v, 2), 8);
}

/** The smaller of two counts. */
// @ts-ignore: decorator
@inline
export function least(a: u32, b: u32): u32 {
  return a < b ? a : b;
}
