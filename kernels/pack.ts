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

/**
 * For attention's sums over tokens: panels[head][width / 8][tokens][8] from x[tokens, heads, width]. A unit is one panel of one head.
 * Arguments: x, panels, tokens, heads, width.
 */
export function packTokens(args: usize, unit: u32, own: usize): void {
  const tokens = word(args, 2), heads = word(args, 3), width = word(args, 4);
  const across = (width + 7) >> 3, head = unit / across, column = (unit % across) << 3;
  const row: usize = heads * width << 2, columns = least(8, width - column);
  let from = <usize>word(args, 0) + ((head * width + column) << 2), panel = <usize>word(args, 1) + ((unit * tokens) << 5);
  for (let t: u32 = 0; t < tokens; t++, from += row, panel += 32) {
    if (columns == 8) v128.store(panel, v128.load(from)), v128.store(panel, v128.load(from, 16), 16);
    else for (let c: usize = 0; c < 8; c++) store<f32>(panel + (c << 2), c < columns ? load<f32>(from + (c << 2)) : 0);
  }
}

/** panel[depth][8] from up to eight rows that are `row` bytes apart. */
function transposePanel(from: usize, row: usize, rows: u32, depth: u32, panel: usize): void {
  transpose(from, row, rows, depth, panel, 32);
  if (rows == 8) return;
  for (let p: u32 = 0; p < depth; p++) {
    for (let r = rows; r < 8; r++) store<f32>(panel + (p << 5) + (r << 2), 0);
  }
}

/** to[columns, rows] = from[rows, columns]ᵀ, their rows so many bytes apart. */
export function transpose(from: usize, fromRow: usize, rows: u32, columns: u32, to: usize, toRow: usize): void {
  let r: u32 = 0;
  for (; r + 4 <= rows; r += 4) {
    let c: u32 = 0;
    for (; c + 4 <= columns; c += 4) transpose4(from + r * fromRow + (c << 2), fromRow, to + c * toRow + (r << 2), toRow);
    for (; c < columns; c++) {
      for (let i = r; i < r + 4; i++) store<f32>(to + c * toRow + (i << 2), load<f32>(from + i * fromRow + (c << 2)));
    }
  }
  for (; r < rows; r++) {
    for (let c: u32 = 0; c < columns; c++) store<f32>(to + c * toRow + (r << 2), load<f32>(from + r * fromRow + (c << 2)));
  }
}

// @ts-ignore: decorator
@inline
function transpose4(from: usize, fromRow: usize, to: usize, toRow: usize): void {
  const a = v128.load(from), b = v128.load(from + fromRow), c = v128.load(from + 2 * fromRow), d = v128.load(from + 3 * fromRow);
  const ab = v128.shuffle<f32>(a, b, 0, 4, 1, 5), AB = v128.shuffle<f32>(a, b, 2, 6, 3, 7);
  const cd = v128.shuffle<f32>(c, d, 0, 4, 1, 5), CD = v128.shuffle<f32>(c, d, 2, 6, 3, 7);
  v128.store(to, v128.shuffle<f32>(ab, cd, 0, 1, 4, 5));
  v128.store(to + toRow, v128.shuffle<f32>(ab, cd, 2, 3, 6, 7));
  v128.store(to + 2 * toRow, v128.shuffle<f32>(AB, CD, 0, 1, 4, 5));
  v128.store(to + 3 * toRow, v128.shuffle<f32>(AB, CD, 2, 3, 6, 7));
}
