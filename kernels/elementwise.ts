/** Kernels that treat every element alike. A unit is BLOCK elements; `ops/vectors.ts` counts units by the same number. */
import { capped, exp, least, madd, put, real, take, word } from './vector';

const BLOCK: u32 = 4096;

// @ts-ignore: decorator
@inline
function start(unit: u32): usize {
  return unit * BLOCK << 2;
}

// @ts-ignore: decorator
@inline
function end(unit: u32, count: u32): usize {
  return least(count, (unit + 1) * BLOCK) << 2;
}

/** target += x. Arguments: target, x, count. */
export function add(args: usize, unit: u32, own: usize): void {
  const target: usize = word(args, 0), x: usize = word(args, 1), stop = end(unit, word(args, 2));
  for (let at = start(unit); at < stop; at += 16) {
    put(target + at, f32x4.add(take(target + at, stop - at), take(x + at, stop - at)), stop - at);
  }
}

/** x = cap · tanh(x / cap). Arguments: x, count, cap. */
export function softCap(args: usize, unit: u32, own: usize): void {
  const x: usize = word(args, 0), stop = end(unit, word(args, 1)), cap = real(args, 2);
  for (let at = start(unit); at < stop; at += 16) put(x + at, capped(take(x + at, stop - at), cap), stop - at);
}

/** What the sigmoid is taken of: x itself for SiLU; 2√(2/π)(x + 0.044715 x³) for GELU. */
// @ts-ignore: decorator
@inline
function inner(x: v128, gelu: bool): v128 {
  if (!gelu) return x;
  const c = f32x4.splat(1.5957691216057308), cubic = f32x4.splat(0.044715 * 1.5957691216057308);
  return f32x4.mul(x, madd(f32x4.mul(x, x), cubic, c));
}

/** Its slope. */
// @ts-ignore: decorator
@inline
function innerSlope(x: v128, gelu: bool): v128 {
  if (!gelu) return f32x4.splat(1);
  const c = f32x4.splat(1.5957691216057308), cubic = f32x4.splat(3 * 0.044715 * 1.5957691216057308);
  return madd(f32x4.mul(x, x), cubic, c);
}

// @ts-ignore: decorator
@inline
function sigmoid(x: v128): v128 {
  return f32x4.div(f32x4.splat(1), f32x4.add(f32x4.splat(1), exp(f32x4.neg(x))));
}

/** out = x · σ(inner(x)) (· up). Arguments: x, up or 0, out, count, GELU. */
export function activation(args: usize, unit: u32, own: usize): void {
  const x: usize = word(args, 0), up: usize = word(args, 1), out: usize = word(args, 2);
  const stop = end(unit, word(args, 3)), gelu = word(args, 4) != 0;
  let at = start(unit);
  for (; at + 16 <= stop; at += 16) v128.store(out + at, activated(v128.load(x + at), up ? v128.load(up + at) : f32x4.splat(1), gelu));
  if (at < stop) put(out + at, activated(take(x + at, stop - at), up ? take(up + at, stop - at) : f32x4.splat(1), gelu), stop - at);
}

// @ts-ignore: decorator
@inline
function activated(x: v128, up: v128, gelu: bool): v128 {
  return f32x4.mul(f32x4.mul(x, sigmoid(inner(x, gelu))), up);
}

/**
 * With s = σ(inner(x)): dX (+)= dOut (· up) · s · (1 + x · inner'(x) · (1 − s)), dUp (+)= dOut · x · s.
 * Arguments: x, up or 0, dOut, dX, dUp or 0, count, GELU, accumulate, accumulate dUp.
 */
export function activationBackward(args: usize, unit: u32, own: usize): void {
  const x: usize = word(args, 0), up: usize = word(args, 1), dOut: usize = word(args, 2);
  const dX: usize = word(args, 3), dUp: usize = word(args, 4);
  const stop = end(unit, word(args, 5)), gelu = word(args, 6) != 0, keep = word(args, 7) != 0, keepUp = word(args, 8) != 0;
  const one = f32x4.splat(1);
  for (let at = start(unit); at < stop; at += 16) {
    const left = stop - at, value = take(x + at, left), s = sigmoid(inner(value, gelu));
    const d = f32x4.mul(take(dOut + at, left), s);
    const bend = f32x4.add(one, f32x4.mul(f32x4.mul(value, innerSlope(value, gelu)), f32x4.sub(one, s)));
    let forX = f32x4.mul(d, bend);
    if (up) {
      forX = f32x4.mul(forX, take(up + at, left));
      let forUp = f32x4.mul(d, value);
      if (keepUp) forUp = f32x4.add(forUp, take(dUp + at, left));
      put(dUp + at, forUp, left);
    }
    if (keep) forX = f32x4.add(forX, take(dX + at, left));
    put(dX + at, forX, left);
  }
}

/** out (+)= x · scale where it is kept, else 0; the mask follows from seed, site and element. Arguments: x, seed, out, count, site, threshold, scale, accumulate. */
export function dropout(args: usize, unit: u32, own: usize): void {
  const x: usize = word(args, 0), out: usize = word(args, 2);
  const first = mix(load<u32>(word(args, 1)) ^ (word(args, 4) * 0x9e3779b1));
  const threshold = word(args, 5), scale = real(args, 6), keep = word(args, 7) != 0;
  const stop = end(unit, word(args, 3));
  for (let at = start(unit); at < stop; at += 4) {
    let value = mix(first + <u32>(at >> 2) * 0x9e3779b9) >= threshold ? load<f32>(x + at) * scale : 0;
    if (keep) value += load<f32>(out + at);
    store<f32>(out + at, value);
  }
}

/** Murmur3's finaliser. */
export function mix(h: u32): u32 {
  h = (h ^ (h >> 16)) * 0x85ebca6b;
  h = (h ^ (h >> 13)) * 0xc2b2ae35;
  return h ^ (h >> 16);
}

/**
 * AdamW with decoupled decay and the gradient-norm limit; a norm that is not finite skips the step.
 * Arguments: params, grads, m, v, squaredNorm, hyper, count.
 */
export function adamw(args: usize, unit: u32, own: usize): void {
  const params: usize = word(args, 0), grads: usize = word(args, 1), m: usize = word(args, 2), v: usize = word(args, 3);
  const squared = load<f32>(word(args, 4)), hyper: usize = word(args, 5);
  if (!isFinite(squared)) return;
  const limit = load<f32>(hyper, 20);
  const shrink = f32x4.splat(limit > 0 ? min<f32>(1, limit / (sqrt<f32>(squared) + 1e-6)) : 1);
  const beta1 = load<f32>(hyper, 4), beta2 = load<f32>(hyper, 8);
  const rate = v128.load32_splat(hyper), epsilon = v128.load32_splat(hyper, 12), decay = v128.load32_splat(hyper, 16);
  const bias1 = v128.load32_splat(hyper, 24), bias2 = v128.load32_splat(hyper, 28);
  const stop = end(unit, word(args, 6));
  for (let at = start(unit); at < stop; at += 16) {
    const left = stop - at, p = take(params + at, left), g = f32x4.mul(take(grads + at, left), shrink);
    const first = f32x4.add(f32x4.mul(take(m + at, left), f32x4.splat(beta1)), f32x4.mul(g, f32x4.splat(1 - beta1)));
    const second = f32x4.add(f32x4.mul(take(v + at, left), f32x4.splat(beta2)), f32x4.mul(f32x4.mul(g, g), f32x4.splat(1 - beta2)));
    const turn = f32x4.div(f32x4.div(first, bias1), f32x4.add(f32x4.sqrt(f32x4.div(second, bias2)), epsilon));
    put(m + at, first, left), put(v + at, second, left);
    put(params + at, f32x4.sub(p, f32x4.mul(rate, f32x4.add(turn, f32x4.mul(decay, p)))), left);
  }
}
