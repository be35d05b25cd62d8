/**
 * C[m, n] (+)= scale · A · B (+ bias) (+ residual), B packed in panels (pack.ts). A unit is a block of rows by a block of
 * columns; depth goes in blocks, so that a panel stays in the first-level cache while the rows pass by.
 */
import { transpose } from './pack';
import { row, tile } from './tile';
import { dot, least, real, word } from './vector';

/** Rows of a unit; `ops/matmul.ts` counts units by them. */
const ROWS: u32 = 32;
const DEPTH: u32 = 256;

/** Arguments: a, panels, c, bias or 0, residual or 0, m, n, k, flags (1: add to C, 2: A is [k, m]), scale, columns of a unit. */
export function matmul(args: usize, unit: u32, own: usize): void {
  const a: usize = word(args, 0), panels: usize = word(args, 1), c: usize = word(args, 2);
  const m = word(args, 5), n = word(args, 6), k = word(args, 7);
  const transposed = (word(args, 8) & 2) != 0;
  const columns = word(args, 10), across = (n + columns - 1) / columns;
  const row0 = (unit / across) * ROWS, rowEnd = least(m, row0 + ROWS);
  const column0 = (unit % across) * columns, columnEnd = least(n, column0 + columns);
  const whole = row0 + ((rowEnd - row0) & ~3);
  const sums = own, turned = own + 128;
  const asIs = word(args, 3) == 0 && word(args, 4) == 0 && (word(args, 8) & 1) == 0 && real(args, 9) == 1;
  for (let p: u32 = 0; p < k; p += DEPTH) {
    const depth = least(DEPTH, k - p);
    // A block of Aᵀ is turned once for all panels.
    if (transposed) transpose(a + ((p * m + row0) << 2), m << 2, depth, rowEnd - row0, turned, depth << 2);
    const aRow: usize = (transposed ? depth : k) << 2, block = transposed ? turned : a + ((row0 * k + p) << 2);
    for (let j = column0; j < columnEnd; j += 8) {
      const panel = panels + (((j >> 3) * k + p) << 5);
      for (let i = row0; i < whole; i += 4) {
        const straight = asIs && p == 0 && n - j >= 8;
        const out = straight ? c + ((i * n + j) << 2) : sums, outRow = straight ? n << 2 : 32;
        tile(block + (i - row0) * aRow, aRow, panel, 32, depth, out, outRow);
        if (!straight) finish(args, i, 4, j, least(8, n - j), sums, p > 0);
      }
    }
    for (let i = whole; i < rowEnd; i++) {
      for (let j = column0; j < columnEnd; j += 32) {
        const end = least(32, columnEnd - j), panel = panels + (((j >> 3) * k + p) << 5);
        row(block + (i - row0) * aRow, panel, k << 5, (end + 7) >> 3, depth, sums);
        for (let at: u32 = 0; at < end; at += 8) finish(args, i, 1, j + at, least(8, end - at), sums + (at << 2), p > 0);
      }
    }
  }
}

/** Puts a tile of sums where it belongs in C. @param later a depth block after the first: the rest is in C already. */
// @ts-ignore: decorator
@inline
function finish(args: usize, row: u32, rows: u32, column: u32, columns: u32, sums: usize, later: bool): void {
  const n = word(args, 6), scale = real(args, 9);
  const bias = later ? 0 : <usize>word(args, 3), residual = later ? 0 : <usize>word(args, 4);
  const keep = later || (word(args, 8) & 1) != 0;
  const s = f32x4.splat(scale);
  for (let r: u32 = 0; r < rows; r++, sums += 32) {
    const at: usize = ((row + r) * n + column) << 2;
    const c = <usize>word(args, 2) + at;
    if (columns == 8) {
      let low = f32x4.mul(v128.load(sums), s), high = f32x4.mul(v128.load(sums, 16), s);
      if (keep) low = f32x4.add(low, v128.load(c)), high = f32x4.add(high, v128.load(c, 16));
      if (bias) low = f32x4.add(low, v128.load(bias + (column << 2))), high = f32x4.add(high, v128.load(bias + (column << 2), 16));
      if (residual) low = f32x4.add(low, v128.load(residual + at)), high = f32x4.add(high, v128.load(residual + at, 16));
      v128.store(c, low), v128.store(c, high, 16);
    } else {
      for (let j: usize = 0; j < columns << 2; j += 4) {
        let sum = load<f32>(sums + j) * scale;
        if (keep) sum += load<f32>(c + j);
        if (bias) sum += load<f32>(bias + (column << 2) + j);
        if (residual) sum += load<f32>(residual + at + j);
        store<f32>(c + j, sum);
      }
    }
  }
}

/**
 * C[m, n] = A[m, k] · B[n, k]ᵀ for a handful of rows, where packing B would cost more than the product. A unit is 16 columns.
 * Arguments as of `matmul`, with B itself in place of panels.
 */
export function matmulFewRows(args: usize, unit: u32, own: usize): void {
  const a: usize = word(args, 0), b: usize = word(args, 1), c: usize = word(args, 2);
  const bias: usize = word(args, 3), residual: usize = word(args, 4);
  const m = word(args, 5), n = word(args, 6), k = word(args, 7), scale = real(args, 9);
  const end = least(n, unit * 16 + 16);
  for (let j = unit * 16; j < end; j++) {
    for (let i: u32 = 0; i < m; i++) {
      const at: usize = (i * n + j) << 2;
      let sum = dot(a + ((i * k) << 2), b + ((j * k) << 2), k) * scale;
      if (word(args, 8) & 1) sum += load<f32>(c + at);
      if (bias) sum += load<f32>(bias + (j << 2));
      if (residual) sum += load<f32>(residual + at);
      store<f32>(c + at, sum);
    }
  }
}
