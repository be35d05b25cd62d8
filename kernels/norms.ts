/** Normalisation by rows of the weight's width. A unit is a row. */
import { put, real, take, total, word, zeros } from './vector';

// @ts-ignore: decorator
@inline
function gain(weight: usize, left: usize, plus: v128): v128 {
  return f32x4.add(take(weight, left), plus);
}

/** y = x / sqrt(mean(x²) + eps) · (weight + plusOne) (+ residual); scale keeps 1 / sqrt(…). Arguments: x, weight, residual or 0, y, scale, width, eps, plusOne. */
export function rmsnorm(args: usize, unit: u32, own: usize): void {
  const width = word(args, 5), bytes: usize = width << 2, row: usize = unit * bytes;
  const x = <usize>word(args, 0) + row, weight: usize = word(args, 1), y = <usize>word(args, 3) + row;
  const residual: usize = word(args, 2) ? word(args, 2) + row : 0;
  const plus = f32x4.splat(<f32>word(args, 7));
  let squares = zeros();
  for (let at: usize = 0; at < bytes; at += 16) {
    const value = take(x + at, bytes - at);
    squares = f32x4.add(squares, f32x4.mul(value, value));
  }
  const scale = <f32>1 / sqrt<f32>(total(squares) / <f32>width + real(args, 6)), s = f32x4.splat(scale);
  store<f32>(<usize>word(args, 4) + (unit << 2), scale);
  for (let at: usize = 0; at < bytes; at += 16) {
    const left = bytes - at;
    let value = f32x4.mul(f32x4.mul(take(x + at, left), s), gain(weight + at, left, plus));
    if (residual) value = f32x4.add(value, take(residual + at, left));
    put(y + at, value, left);
  }
}

/** dx (+)= scale · (dy·w − x · scale² · Σ(dy·w·x) / width). Arguments: x, weight, scale, dy, dx, width, plusOne, accumulate. */
export function rmsnormBackward(args: usize, unit: u32, own: usize): void {
  const width = word(args, 5), bytes: usize = width << 2, row: usize = unit * bytes;
  const x = <usize>word(args, 0) + row, weight: usize = word(args, 1), dy = <usize>word(args, 3) + row, dx = <usize>word(args, 4) + row;
  const scale = load<f32>(<usize>word(args, 2) + (unit << 2)), keep = word(args, 7) != 0;
  const plus = f32x4.splat(<f32>word(args, 6));
  let sums = zeros();
  for (let at: usize = 0; at < bytes; at += 16) {
    const left = bytes - at;
    sums = f32x4.add(sums, f32x4.mul(f32x4.mul(take(dy + at, left), gain(weight + at, left, plus)), take(x + at, left)));
  }
  const part = f32x4.splat(total(sums) * scale * scale / <f32>width), s = f32x4.splat(scale);
  for (let at: usize = 0; at < bytes; at += 16) {
    const left = bytes - at;
    let value = f32x4.mul(s, f32x4.sub(f32x4.mul(take(dy + at, left), gain(weight + at, left, plus)), f32x4.mul(take(x + at, left), part)));
    if (keep) value = f32x4.add(value, take(dx + at, left));
    put(dx + at, value, left);
  }
}

/** y = (x − mean) / sqrt(variance + eps) · weight + bias. Arguments: x, weight, bias, y, mean, scale, width, eps. */
export function layernorm(args: usize, unit: u32, own: usize): void {
  const width = word(args, 6), bytes: usize = width << 2, row: usize = unit * bytes;
  const x = <usize>word(args, 0) + row, weight: usize = word(args, 1), bias: usize = word(args, 2), y = <usize>word(args, 3) + row;
  let sums = zeros();
  for (let at: usize = 0; at < bytes; at += 16) sums = f32x4.add(sums, take(x + at, bytes - at));
  const mean = total(sums) / <f32>width, m = f32x4.splat(mean);
  let squares: f32 = 0;
  let at: usize = 0;
  sums = zeros();
  for (; at + 16 <= bytes; at += 16) {
    const value = f32x4.sub(v128.load(x + at), m);
    sums = f32x4.add(sums, f32x4.mul(value, value));
  }
  for (; at < bytes; at += 4) squares += (load<f32>(x + at) - mean) * (load<f32>(x + at) - mean);
  const scale = <f32>1 / sqrt<f32>((squares + total(sums)) / <f32>width + real(args, 7)), s = f32x4.splat(scale);
  store<f32>(<usize>word(args, 4) + (unit << 2), mean);
  store<f32>(<usize>word(args, 5) + (unit << 2), scale);
  for (at = 0; at < bytes; at += 16) {
    const left = bytes - at;
    const normal = f32x4.mul(f32x4.sub(take(x + at, left), m), s);
    put(y + at, f32x4.add(f32x4.mul(normal, take(weight + at, left)), take(bias + at, left)), left);
  }
}

/** With n = (x − mean) · scale: dx (+)= scale · (dy·w − mean(dy·w) − n · mean(dy·w·n)). Arguments: x, weight, mean, scale, dy, dx, width, accumulate. */
export function layernormBackward(args: usize, unit: u32, own: usize): void {
  const width = word(args, 6), bytes: usize = width << 2, row: usize = unit * bytes;
  const x = <usize>word(args, 0) + row, weight: usize = word(args, 1), dy = <usize>word(args, 4) + row, dx = <usize>word(args, 5) + row;
  const m = v128.load32_splat(<usize>word(args, 2) + (unit << 2)), s = v128.load32_splat(<usize>word(args, 3) + (unit << 2));
  const keep = word(args, 7) != 0;
  let sums = zeros(), products = zeros();
  for (let at: usize = 0; at < bytes; at += 16) {
    const left = bytes - at, d = f32x4.mul(take(dy + at, left), take(weight + at, left));
    sums = f32x4.add(sums, d);
    products = f32x4.add(products, f32x4.mul(d, f32x4.mul(f32x4.sub(take(x + at, left), m), s)));
  }
  const level = f32x4.splat(total(sums) / <f32>width), part = f32x4.splat(total(products) / <f32>width);
  for (let at: usize = 0; at < bytes; at += 16) {
    const left = bytes - at, d = f32x4.mul(take(dy + at, left), take(weight + at, left));
    const normal = f32x4.mul(f32x4.sub(take(x + at, left), m), s);
    let value = f32x4.mul(s, f32x4.sub(f32x4.sub(d, level), f32x4.mul(normal, part)));
    if (keep) value = f32x4.add(value, take(dx + at, left));
    put(dx + at, value, left);
  }
}
