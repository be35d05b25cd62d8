/**
 * The heart of every product: four rows of A times eight columns of B, in eight vectors that stay in registers. Attention's
 * scores and sums are products too and use the same tiles.
 *
 * Four steps of depth are written out, with a way out after each. The ways out are what keeps the steps apart: without them
 * TurboFan moves the loads of all four to the front, has too few registers for them, and runs at half the speed (docs/decisions/0007-processor.md).
 */
import { madd, zeros } from './vector';

/** out[4, 8] = A[4, depth] · B[depth, 8]. Rows of A are `aRow` bytes apart, those of B `bRow`, those of out `outRow`. */
export function tile(a: usize, aRow: usize, b: usize, bRow: usize, depth: u32, out: usize, outRow: usize): void {
  let a1 = a + aRow, a2 = a1 + aRow, a3 = a2 + aRow;
  let c00 = zeros(), c01 = zeros(), c10 = zeros(), c11 = zeros();
  let c20 = zeros(), c21 = zeros(), c30 = zeros(), c31 = zeros();
  let b0: v128, b1: v128, x: v128;
  for (let left = depth; left > 0; left -= 4) {
    b0 = v128.load(b), b1 = v128.load(b, 16), b += bRow;
    x = v128.load32_splat(a), c00 = madd(x, b0, c00), c01 = madd(x, b1, c01);
    x = v128.load32_splat(a1), c10 = madd(x, b0, c10), c11 = madd(x, b1, c11);
    x = v128.load32_splat(a2), c20 = madd(x, b0, c20), c21 = madd(x, b1, c21);
    x = v128.load32_splat(a3), c30 = madd(x, b0, c30), c31 = madd(x, b1, c31);
    if (left == 1) break;

    b0 = v128.load(b), b1 = v128.load(b, 16), b += bRow;
    x = v128.load32_splat(a, 4), c00 = madd(x, b0, c00), c01 = madd(x, b1, c01);
    x = v128.load32_splat(a1, 4), c10 = madd(x, b0, c10), c11 = madd(x, b1, c11);
    x = v128.load32_splat(a2, 4), c20 = madd(x, b0, c20), c21 = madd(x, b1, c21);
    x = v128.load32_splat(a3, 4), c30 = madd(x, b0, c30), c31 = madd(x, b1, c31);
    if (left == 2) break;

    b0 = v128.load(b), b1 = v128.load(b, 16), b += bRow;
    x = v128.load32_splat(a, 8), c00 = madd(x, b0, c00), c01 = madd(x, b1, c01);
    x = v128.load32_splat(a1, 8), c10 = madd(x, b0, c10), c11 = madd(x, b1, c11);
    x = v128.load32_splat(a2, 8), c20 = madd(x, b0, c20), c21 = madd(x, b1, c21);
    x = v128.load32_splat(a3, 8), c30 = madd(x, b0, c30), c31 = madd(x, b1, c31);
    if (left == 3) break;

    b0 = v128.load(b), b1 = v128.load(b, 16), b += bRow;
    x = v128.load32_splat(a, 12), c00 = madd(x, b0, c00), c01 = madd(x, b1, c01);
    x = v128.load32_splat(a1, 12), c10 = madd(x, b0, c10), c11 = madd(x, b1, c11);
    x = v128.load32_splat(a2, 12), c20 = madd(x, b0, c20), c21 = madd(x, b1, c21);
    x = v128.load32_splat(a3, 12), c30 = madd(x, b0, c30), c31 = madd(x, b1, c31);
    a += 16, a1 += 16, a2 += 16, a3 += 16;
  }
  v128.store(out, c00), v128.store(out, c01, 16), out += outRow;
  v128.store(out, c10), v128.store(out, c11, 16), out += outRow;
  v128.store(out, c20), v128.store(out, c21, 16), out += outRow;
  v128.store(out, c30), v128.store(out, c31, 16);
}

/** out[1, 8] = A[1, depth] · B[depth, 8]: rows left over at an edge. Numbers of A are `aStep` bytes apart. */
export function strip(a: usize, aStep: usize, b: usize, bRow: usize, depth: u32, out: usize): void {
  let c0 = zeros(), c1 = zeros();
  for (let p: u32 = 0; p < depth; p++) {
    const x = v128.load32_splat(a);
    c0 = madd(x, v128.load(b), c0), c1 = madd(x, v128.load(b, 16), c1);
    a += aStep, b += bRow;
  }
  v128.store(out, c0), v128.store(out, c1, 16);
}

/** out[1, 8 · panels] = A[1, depth] · that many panels of B, at most four, `panelBytes` apart: the same sums as `strip` gives, side by side. */
export function row(a: usize, b: usize, panelBytes: usize, panels: u32, depth: u32, out: usize): void {
  if (panels < 4) {
    for (let i: u32 = 0; i < panels; i++) strip(a, 4, b + i * panelBytes, 32, depth, out + (i << 5));
    return;
  }
  let b1 = b + panelBytes, b2 = b1 + panelBytes, b3 = b2 + panelBytes;
  let c0 = zeros(), c1 = zeros(), c2 = zeros(), c3 = zeros(), c4 = zeros(), c5 = zeros(), c6 = zeros(), c7 = zeros();
  for (let p: u32 = 0; p < depth; p++) {
    const x = v128.load32_splat(a);
    c0 = madd(x, v128.load(b), c0), c1 = madd(x, v128.load(b, 16), c1), c2 = madd(x, v128.load(b1), c2), c3 = madd(x, v128.load(b1, 16), c3);
    c4 = madd(x, v128.load(b2), c4), c5 = madd(x, v128.load(b2, 16), c5), c6 = madd(x, v128.load(b3), c6), c7 = madd(x, v128.load(b3, 16), c7);
    a += 4, b += 32, b1 += 32, b2 += 32, b3 += 32;
  }
  v128.store(out, c0), v128.store(out, c1, 16), v128.store(out, c2, 32), v128.store(out, c3, 48);
  v128.store(out, c4, 64), v128.store(out, c5, 80), v128.store(out, c6, 96), v128.store(out, c7, 112);
}

/** out[rows ≤ 4, 8] = A[rows, depth] · B[depth, 8]. */
export function tileRows(rows: u32, a: usize, aRow: usize, b: usize, bRow: usize, depth: u32, out: usize, outRow: usize): void {
  if (rows == 4) return tile(a, aRow, b, bRow, depth, out, outRow);
  for (let r: u32 = 0; r < rows; r++) strip(a + r * aRow, 4, b, bRow, depth, out + r * outRow);
}
