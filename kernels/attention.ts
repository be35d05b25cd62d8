/**
 * Causal attention inside each document of a flat ribbon, as products of small tiles: four queries (or keys) meet a whole run of
 * keys (or queries) at once, so that maxima, exponentials and sums go by vectors. Only the log-sum-exp is kept for the gradient.
 *
 * `spans` [tokens, 2]: first token of a token's document and one past its last. `stats` [tokens, heads, 2]: log-sum-exp and, of the
 * gradient, Σ dOut·out. A query sees the last `window` tokens at most. A unit is one head and BLOCK tokens; panels are those of `packHeads`, columns
 * those of `packTokens`.
 */
import { capSlope, exponentials, settle } from './rows';
import { tileRows } from './tile';
import { dot, exp, greatest, least, put, real, take, word } from './vector';

const BLOCK: u32 = 16;

/** Arguments: panels of k, columns of v, q, spans, out, stats, tokens, heads, kvHeads, width, window, scale, cap. */
export function attention(args: usize, unit: u32, own: usize): void {
  const spans: usize = word(args, 3);
  const tokens = word(args, 6), heads = word(args, 7), kvHeads = word(args, 8), width = word(args, 9), window = word(args, 10);
  const head = unit % heads, kvHead = head * kvHeads / heads;
  const qRow: usize = heads * width << 2;
  const scale = real(args, 11), cap = real(args, 12), s: f32 = cap > 0 ? 1 : scale;
  const stop = least(tokens, (unit / heads + 1) * BLOCK);
  for (let t = unit / heads * BLOCK; t < stop; t += 4) {
    const rows = least(4, stop - t), first = firstSeen(spans, t, window) & ~7, last = t + rows;
    const pitch: usize = ((last - first + 7) & ~7) << 2;
    const sums = own + 4 * pitch;
    const at: usize = t * qRow + (head * width << 2);
    products(<usize>word(args, 2) + at, qRow, rows, <usize>word(args, 0), kvHead, tokens, width, first, last, own, pitch);
    if (cap > 0) settle(own, rows * pitch, scale, cap);
    for (let r: u32 = 0; r < rows; r++) {
      const line = own + r * pitch;
      hide(line, pitch, firstSeen(spans, t + r, window) - first, t + r + 1 - first);
      const high = peak(line, pitch);
      const mass = exponentials(line, pitch, high, s);
      store<f32>(sums + (r << 2), <f32>1 / mass);
      store<f32>(<usize>word(args, 5) + (((t + r) * heads + head) << 3), high * s + Mathf.log(mass));
    }
    const out = <usize>word(args, 4) + at, tile = sums + 16;
    for (let d: u32 = 0; d < width; d += 8) {
      tileRows(rows, own, pitch, column(<usize>word(args, 1), kvHead, d, width, tokens, first), 32, last - first, tile, 32);
      for (let r: u32 = 0; r < rows; r++) place(out + r * qRow + (d << 2), tile + (r << 5), width - d, load<f32>(sums + (r << 2)), false);
    }
  }
}

/** The second of each of the stats: Σ dOut·out; a unit is a token. Arguments: out, dOut, stats, heads, width. */
export function attentionDelta(args: usize, unit: u32, own: usize): void {
  const heads = word(args, 3), width = word(args, 4);
  for (let head: u32 = 0; head < heads; head++) {
    const row: usize = unit * heads + head, at = row * width << 2;
    store<f32>(<usize>word(args, 2) + (row << 3), dot(<usize>word(args, 0) + at, <usize>word(args, 1) + at, width), 4);
  }
}

/** Arguments: panels of k, panels of v, columns of k, q, spans, stats, dOut, dq, tokens, heads, kvHeads, width, window, scale, cap. */
export function attentionBackwardQuery(args: usize, unit: u32, own: usize): void {
  const spans: usize = word(args, 4), stats: usize = word(args, 5);
  const tokens = word(args, 8), heads = word(args, 9), kvHeads = word(args, 10), width = word(args, 11), window = word(args, 12);
  const scale = real(args, 13), cap = real(args, 14), factor = f32x4.splat(scale), s = f32x4.splat(cap > 0 ? 1 : scale);
  const head = unit % heads, kvHead = head * kvHeads / heads;
  const qRow: usize = heads * width << 2;
  const stop = least(tokens, (unit / heads + 1) * BLOCK);
  for (let t = unit / heads * BLOCK; t < stop; t += 4) {
    const rows = least(4, stop - t), first = firstSeen(spans, t, window) & ~7, last = t + rows;
    const pitch: usize = ((last - first + 7) & ~7) << 2;
    const slopes = own + 4 * pitch, tile = slopes + 4 * pitch;
    const at: usize = t * qRow + (head * width << 2);
    products(<usize>word(args, 3) + at, qRow, rows, <usize>word(args, 0), kvHead, tokens, width, first, last, own, pitch);
    products(<usize>word(args, 6) + at, qRow, rows, <usize>word(args, 1), kvHead, tokens, width, first, last, slopes, pitch);
    if (cap > 0) settle(own, rows * pitch, scale, cap);
    for (let r: u32 = 0; r < rows; r++) {
      const line = own + r * pitch, slope = slopes + r * pitch, stat = stats + (((t + r) * heads + head) << 3);
      hide(line, pitch, firstSeen(spans, t + r, window) - first, t + r + 1 - first);
      const lse = v128.load32_splat(stat), delta = v128.load32_splat(stat, 4);
      for (let j: usize = 0; j < pitch; j += 16) {
        const score = v128.load(line + j);
        v128.store(line + j, scoreGradient(score, exp(f32x4.sub(f32x4.mul(score, s), lse)), f32x4.sub(v128.load(slope + j), delta), factor, cap));
      }
    }
    const dq = <usize>word(args, 7) + at;
    for (let d: u32 = 0; d < width; d += 8) {
      tileRows(rows, own, pitch, column(<usize>word(args, 2), kvHead, d, width, tokens, first), 32, last - first, tile, 32);
      for (let r: u32 = 0; r < rows; r++) place(dq + r * qRow + (d << 2), tile + (r << 5), width - d, 1, false);
    }
  }
}

/** Arguments: panels of q, panels of dOut, columns of q, columns of dOut, k, v, spans, stats, dk, dv, tokens, heads, kvHeads, width, window, scale, cap. A unit is a key head and BLOCK keys. */
export function attentionBackwardKey(args: usize, unit: u32, own: usize): void {
  const spans: usize = word(args, 6), stats: usize = word(args, 7);
  const tokens = word(args, 10), heads = word(args, 11), kvHeads = word(args, 12), width = word(args, 13), window = word(args, 14);
  const scale = real(args, 15), cap = real(args, 16), factor = f32x4.splat(scale), s = f32x4.splat(cap > 0 ? 1 : scale);
  const kvHead = unit % kvHeads, group = heads / kvHeads;
  const kvRow: usize = kvHeads * width << 2;
  const stop = least(tokens, (unit / kvHeads + 1) * BLOCK);
  for (let j = unit / kvHeads * BLOCK; j < stop; j += 4) {
    const rows = least(4, stop - j), first = j & ~7, last = lastSeer(spans, j + rows - 1, window);
    const pitch: usize = ((last - first + 7) & ~7) << 2;
    const slopes = own + 4 * pitch, lses = slopes + 4 * pitch, deltas = lses + pitch, tile = deltas + pitch;
    const at: usize = j * kvRow + (kvHead * width << 2);
    for (let head = kvHead * group; head < (kvHead + 1) * group; head++) {
      products(<usize>word(args, 4) + at, kvRow, rows, <usize>word(args, 0), head, tokens, width, first, last, own, pitch);
      products(<usize>word(args, 5) + at, kvRow, rows, <usize>word(args, 1), head, tokens, width, first, last, slopes, pitch);
      if (cap > 0) settle(own, rows * pitch, scale, cap);
      for (let i = first; i < last; i++) {
        const stat = stats + ((i * heads + head) << 3);
        store<f32>(lses + ((i - first) << 2), load<f32>(stat)), store<f32>(deltas + ((i - first) << 2), load<f32>(stat, 4));
      }
      for (let r: u32 = 0; r < rows; r++) {
        const line = own + r * pitch, slope = slopes + r * pitch;
        hide(line, pitch, j + r - first, lastSeer(spans, j + r, window) - first);
        for (let i: usize = 0; i < pitch; i += 16) {
          const score = v128.load(line + i), share = exp(f32x4.sub(f32x4.mul(score, s), v128.load(lses + i)));
          v128.store(line + i, share);
          v128.store(slope + i, scoreGradient(score, share, f32x4.sub(v128.load(slope + i), v128.load(deltas + i)), factor, cap));
        }
      }
      const more = head > kvHead * group;
      for (let d: u32 = 0; d < width; d += 8) {
        tileRows(rows, own, pitch, column(<usize>word(args, 3), head, d, width, tokens, first), 32, last - first, tile, 32);
        for (let r: u32 = 0; r < rows; r++) place(<usize>word(args, 9) + at + r * kvRow + (d << 2), tile + (r << 5), width - d, 1, more);
        tileRows(rows, slopes, pitch, column(<usize>word(args, 2), head, d, width, tokens, first), 32, last - first, tile, 32);
        for (let r: u32 = 0; r < rows; r++) place(<usize>word(args, 8) + at + r * kvRow + (d << 2), tile + (r << 5), width - d, 1, more);
      }
    }
  }
}

/** First token that query `t` sees. */
// @ts-ignore: decorator
@inline
function firstSeen(spans: usize, t: u32, window: u32): u32 {
  const start = load<u32>(spans + (t << 3));
  return t + 1 > window ? max<u32>(start, t + 1 - window) : start;
}

/** One past the last query that sees key `j`. */
// @ts-ignore: decorator
@inline
function lastSeer(spans: usize, j: u32, window: u32): u32 {
  return least(load<u32>(spans + (j << 3), 4), j + window);
}

/** Gradient of scale · q·k: share · rise · scale, times the cap's slope; 0 where the score is hidden. */
// @ts-ignore: decorator
@inline
function scoreGradient(score: v128, share: v128, rise: v128, scale: v128, cap: f32): v128 {
  const gradient = f32x4.mul(f32x4.mul(share, rise), scale);
  const bent = cap > 0 ? f32x4.mul(gradient, capSlope(score, cap)) : gradient;
  return v128.and(bent, f32x4.gt(score, f32x4.splat(-3e38)));
}

/** out[rows ≤ 4, first … last] = rows of x · the tokens of one head's panels. */
// @ts-ignore: decorator
@inline
function products(x: usize, xRow: usize, rows: u32, panels: usize, head: u32, tokens: u32, width: u32, first: u32, last: u32, out: usize, pitch: usize): void {
  const perHead = (tokens + 7) >> 3;
  for (let j = first; j < last; j += 8) {
    tileRows(rows, x, xRow, panels + (((head * perHead + (j >> 3)) * width) << 5), 32, width, out + ((j - first) << 2), pitch);
  }
}

/** Eight of a head's numbers from column `d` on, of token `first` and those after it. */
// @ts-ignore: decorator
@inline
function column(columns: usize, head: u32, d: u32, width: u32, tokens: u32, first: u32): usize {
  return columns + (((head * ((width + 7) >> 3) + (d >> 3)) * tokens + first) << 5);
}

/** The greatest of whole vectors of scores; one that is NaN shows in what the exponentials add up to. */
// @ts-ignore: decorator
@inline
function peak(line: usize, bytes: usize): f32 {
  let low = f32x4.splat(-3e38), high = low;
  for (let at: usize = 0; at < bytes; at += 32) low = f32x4.pmax(low, v128.load(line + at)), high = f32x4.pmax(high, v128.load(line + at, 16));
  return greatest(f32x4.pmax(low, high));
}

/** Scores before `from` and from `to` on are not seen. */
// @ts-ignore: decorator
@inline
function hide(line: usize, bytes: usize, from: u32, to: u32): void {
  for (let at: usize = 0; at < <usize>from << 2; at += 4) store<f32>(line + at, -Infinity);
  for (let at = <usize>to << 2; at < bytes; at += 4) store<f32>(line + at, -Infinity);
}

/** The first of eight numbers, as many as there are columns left, times `factor`: put in place or added to what is there. */
// @ts-ignore: decorator
@inline
function place(to: usize, from: usize, columns: u32, factor: f32, more: bool): void {
  const bytes: usize = least(columns, 8) << 2, f = f32x4.splat(factor);
  for (let at: usize = 0; at < bytes; at += 16) {
    const value = f32x4.mul(v128.load(from + at), f);
    put(to + at, more ? f32x4.add(value, take(to + at, bytes - at)) : value, bytes - at);
  }
}
