/** B laid out for the tiles: panels of eight columns, each [depth, 8], padded with zeros past the last column. */
import { least, word, zeros } from './vector';

/** panels[n / 8][k][8] from B[n, k]: a unit is one panel. Arguments: b, panels, n, k, bytes between rows of B. */
export function packRows(args: usize, unit: u32, own: usize): void {
  const n = word(args, 2), k = word(args, 3), row: usize = word(args, 4);
  transposePanel(<usize>word(args, 0) + unit * 8 * row, row, least(8, n - unit * 8), k, <usize>word(args, 1) + ((unit * k) << 5));
}

/** panels[n / 8][k][8] from B[k, n]. Arguments: b, panels, n, k. */
export function packColumns(args: usize, unit: u32, own: usize): void {
  const n = word(args, 2), k = word(args, 3);
  let b = <usize>word(args, 0) + (unit << 5);
  let panel = <usize>word(args, 1) + ((unit * k) << 5);
  const columns = least(8, n - unit * 8);
  for (let p: u32 = 0; p < k; p++, b += n << 2, panel += 32) {
    if (columns == 8) {
      v128.store(panel, v128.load(b)), v128.store(panel, v128.load(b, 16), 16);
    } else {
      v128.store(panel, zeros()), v128.store(panel, zeros(), 16);
      for (let j: u32 = 0; j < columns; j++) store<f32>(panel + (j << 2), load<f32>(b + (j << 2)));
    }
  }
}

/**
 * For attention: panels[head][tokens / 8][width][8] from x[tokens, heads, width]. A unit is one panel of one head.
 * Arguments: x, panels, tokens, heads, width.
 */
export function packHeads(args: usize, unit: u32, own: usize): void {
  const tokens = word(args, 2), heads = word(args, 3), width = word(args, 4);
  const panels = (tokens + 7) >> 3;
  const head = unit / panels;
  const first = (unit % panels) << 3;
  const row: usize = heads * width << 2;
  transposePanel(<usize>word(args, 0) + first * row + (head * width << 2), row, least(8, tokens - first), width, <usize>word(args, 1) + ((unit * width) << 5));
}

/** panel[depth][8] from up to eight rows that are `row` bytes apart. */
function transposePanel(from: usize, row: usize, rows: u32, depth: u32, panel: usize): void {
  let p: u32 = 0;
  if (rows == 8) {
    for (; p + 4 <= depth; p += 4) {
      transpose4(from + (p << 2), row, panel + (p << 5));
      transpose4(from + (p << 2) + 4 * row, row, panel + (p << 5) + 16);
    }
  }
  for (; p < depth; p++) {
    const to = panel + (p << 5);
    for (let r: u32 = 0; r < rows; r++) store<f32>(to + (r << 2), load<f32>(from + r * row + (p << 2)));
    for (let r = rows; r < 8; r++) store<f32>(to + (r << 2), 0);
  }
}

/** Four rows of four numbers become four columns, 32 bytes from row to row. */
// @ts-ignore: decorator
@inline
function transpose4(from: usize, row: usize, to: usize): void {
  const a = v128.load(from), b = v128.load(from + row), c = v128.load(from + 2 * row), d = v128.load(from + 3 * row);
  const ab = v128.shuffle<f32>(a, b, 0, 4, 1, 5), AB = v128.shuffle<f32>(a, b, 2, 6, 3, 7);
  const cd = v128.shuffle<f32>(c, d, 0, 4, 1, 5), CD = v128.shuffle<f32>(c, d, 2, 6, 3, 7);
  v128.store(to, v128.shuffle<f32>(ab, cd, 0, 1, 4, 5));
  v128.store(to, v128.shuffle<f32>(ab, cd, 2, 3, 6, 7), 32);
  v128.store(to, v128.shuffle<f32>(AB, CD, 0, 1, 4, 5), 64);
  v128.store(to, v128.shuffle<f32>(AB, CD, 2, 3, 6, 7), 96);
}
