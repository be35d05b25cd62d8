/** Kernels that take a token's row at a time: rotary embedding, splits, the loss. A unit is a row. */
import { capped, exp, expOne, greatest, put, real, take, total, word, zeros } from './vector';

/** Turns pairs (x[i], x[i + half]) of a token's heads by its angle. Arguments: x, positions, cosines, sines, y, heads, half, direction, accumulate. */
export function rope(args: usize, unit: u32, own: usize): void {
  const heads = word(args, 5), bytes: usize = word(args, 6) << 2, keep = word(args, 8) != 0;
  const angle: usize = load<u32>(<usize>word(args, 1) + (unit << 2)) * bytes;
  const cosines = <usize>word(args, 2) + angle, sines = <usize>word(args, 3) + angle, turn = f32x4.splat(real(args, 7));
  for (let head: u32 = 0; head < heads; head++) {
    const start: usize = (unit * heads + head) * 2 * bytes;
    const x = <usize>word(args, 0) + start, y = <usize>word(args, 4) + start;
    for (let at: usize = 0; at < bytes; at += 16) {
      const left = bytes - at, c = take(cosines + at, left), s = f32x4.mul(take(sines + at, left), turn);
      const a = take(x + at, left), b = take(x + bytes + at, left);
      let low = f32x4.sub(f32x4.mul(a, c), f32x4.mul(b, s)), high = f32x4.add(f32x4.mul(b, c), f32x4.mul(a, s));
      if (keep) low = f32x4.add(low, take(y + at, left)), high = f32x4.add(high, take(y + bytes + at, left));
      put(y + at, low, left), put(y + bytes + at, high, left);
    }
  }
}

/** Cuts a row into three. Arguments: x, first, second, third, width of a part. */
export function split(args: usize, unit: u32, own: usize): void {
  const bytes: usize = word(args, 4) << 2;
  for (let part: u32 = 0; part < 3; part++) {
    memory.copy(<usize>word(args, part + 1) + unit * bytes, <usize>word(args, 0) + (unit * 3 + part) * bytes, bytes);
  }
}

/** Puts three rows side by side, or adds them to what is there. Arguments: first, second, third, dx, width of a part, accumulate. */
export function splitBackward(args: usize, unit: u32, own: usize): void {
  const bytes: usize = word(args, 4) << 2, keep = word(args, 5) != 0;
  for (let part: u32 = 0; part < 3; part++) {
    const from = <usize>word(args, part) + unit * bytes, to = <usize>word(args, 3) + (unit * 3 + part) * bytes;
    for (let at: usize = 0; at < bytes; at += 16) {
      const left = bytes - at, value = take(from + at, left);
      put(to + at, keep ? f32x4.add(value, take(to + at, left)) : value, left);
    }
  }
}

/** Logits become coefficient · (softmax − onehot(target)), in place, by way of the soft cap if there is one. Arguments: logits, targets, coefficients, losses, vocab, cap or 0. */
export function crossEntropy(args: usize, unit: u32, own: usize): void {
  const bytes: usize = word(args, 4) << 2, cap = real(args, 5);
  const line = <usize>word(args, 0) + unit * bytes;
  const goal: usize = load<u32>(<usize>word(args, 1) + (unit << 2)) << 2;
  const coefficient = load<f32>(<usize>word(args, 2) + (unit << 2));
  const loss = <usize>word(args, 3) + (unit << 2);
  if (coefficient == 0) {
    memory.fill(line, 0, bytes);
    store<f32>(loss, 0);
    return;
  }
  if (cap > 0) {
    settle(line, bytes, 1, cap);
    memory.copy(own, line, bytes);
  }
  const high = maximum(line, bytes), wanted = load<f32>(line + goal);
  const mass = exponentials(line, bytes, high, 1);
  store<f32>(loss, Mathf.log(mass) + high - wanted);
  const share = f32x4.splat(coefficient / mass);
  for (let at: usize = 0; at < bytes; at += 16) put(line + at, f32x4.mul(take(line + at, bytes - at), share), bytes - at);
  store<f32>(line + goal, load<f32>(line + goal) - coefficient);
  if (cap > 0) {
    for (let at: usize = 0; at < bytes; at += 16) {
      put(line + at, f32x4.mul(take(line + at, bytes - at), capSlope(take(own + at, bytes - at), cap)), bytes - at);
    }
  }
}

/** Scores become scale · score, capped where there is a cap. */
export function settle(line: usize, bytes: usize, scale: f32, cap: f32): void {
  let at: usize = 0;
  for (; at + 16 <= bytes; at += 16) v128.store(line + at, settled(v128.load(line + at), scale, cap));
  if (at < bytes) put(line + at, settled(take(line + at, bytes - at), scale, cap), bytes - at);
}

// @ts-ignore: decorator
@inline
export function settled(scores: v128, scale: f32, cap: f32): v128 {
  const value = f32x4.mul(scores, f32x4.splat(scale));
  return cap > 0 ? capped(value, cap) : value;
}

/** Slope of the cap at what it gave. */
// @ts-ignore: decorator
@inline
export function capSlope(value: v128, cap: f32): v128 {
  const t = f32x4.div(value, f32x4.splat(cap));
  return f32x4.sub(f32x4.splat(1), f32x4.mul(t, t));
}

/** The greatest of a row of numbers. */
export function maximum(line: usize, bytes: usize): f32 {
  let most = f32x4.splat(-3e38);
  let at: usize = 0;
  for (; at + 16 <= bytes; at += 16) most = f32x4.max(most, v128.load(line + at));
  let high = greatest(most);
  for (; at < bytes; at += 4) high = max<f32>(high, load<f32>(line + at));
  return high;
}

/** Every number x of a row becomes e^((x − high) · scale); gives their sum. */
export function exponentials(line: usize, bytes: usize, high: f32, scale: f32): f32 {
  const peak = f32x4.splat(high), s = f32x4.splat(scale);
  let sums = zeros();
  let at: usize = 0;
  for (; at + 16 <= bytes; at += 16) {
    const value = exp(f32x4.mul(f32x4.sub(v128.load(line + at), peak), s));
    v128.store(line + at, value);
    sums = f32x4.add(sums, value);
  }
  let sum = total(sums);
  for (; at < bytes; at += 4) {
    const value = expOne((load<f32>(line + at) - high) * scale);
    store<f32>(line + at, value);
    sum += value;
  }
  return sum;
}
