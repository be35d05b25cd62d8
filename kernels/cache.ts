/** Generation: the cache of keys and values, attention over it, and the choice of the next token. A slot of NONE is padding or done. */
import { mix } from './elementwise';
import { exponentials, maximum, settled } from './rows';
import { greatest, least, madd, real, total, totals, word, zeros } from './vector';

const NONE: u32 = 0xffffffff;

/** cache[slot, position] = row; a unit is a token. Arguments: k, v, slots, positions, keys, values, width, context. */
export function cacheWrite(args: usize, unit: u32, own: usize): void {
  const slot = load<u32>(<usize>word(args, 2) + (unit << 2));
  if (slot == NONE) return;
  const bytes: usize = word(args, 6) << 2;
  const at = (slot * word(args, 7) + load<u32>(<usize>word(args, 3) + (unit << 2))) * bytes;
  memory.copy(<usize>word(args, 4) + at, <usize>word(args, 0) + unit * bytes, bytes);
  memory.copy(<usize>word(args, 5) + at, <usize>word(args, 1) + unit * bytes, bytes);
}

/** Attention over the last `window` positions of a token's slot, its own included; a unit is a token. Arguments: q, keys, values, slots, positions, out, heads, kvHeads, width, context, window, scale, cap. */
export function cacheAttention(args: usize, unit: u32, own: usize): void {
  const heads = word(args, 6), kvHeads = word(args, 7), width = word(args, 8);
  const slot = load<u32>(<usize>word(args, 3) + (unit << 2));
  const bytes: usize = width << 2, row: usize = kvHeads * bytes;
  const start: usize = unit * heads * bytes;
  if (slot == NONE) return memory.fill(<usize>word(args, 5) + start, 0, heads * bytes);
  const seen = load<u32>(<usize>word(args, 4) + (unit << 2)) + 1, count = least(seen, word(args, 10));
  const scale = real(args, 11), cap = real(args, 12);
  const scored: usize = ((count + 3) & ~3) << 2;
  for (let head: u32 = 0; head < heads; head++) {
    const first: usize = (slot * word(args, 9) + seen - count) * row + head * kvHeads / heads * bytes;
    const keys = <usize>word(args, 1) + first, values = <usize>word(args, 2) + first;
    const q = <usize>word(args, 0) + start + head * bytes, out = <usize>word(args, 5) + start + head * bytes;
    let high = f32x4.splat(-3e38);
    for (let j: u32 = 0; j < count; j += 4) {
      // Past the last key its score stands again.
      const scores = settled(dots(q, keys, row, j, count - 1, bytes), scale, cap);
      high = f32x4.pmax(high, scores);
      v128.store(own + (j << 2), scores);
    }
    for (let at: usize = count << 2; at < scored; at += 4) store<f32>(own + at, -Infinity);
    const mass = exponentials(own, scored, greatest(high), 1);
    blend(own, values, row, count, out, bytes, <f32>1 / mass);
  }
}

/** q with keys j to j + 3, each key a row; past the last one, with the last. */
// @ts-ignore: decorator
@inline
function dots(q: usize, keys: usize, row: usize, j: u32, last: u32, bytes: usize): v128 {
  let a = keys + j * row, b = keys + least(j + 1, last) * row, c = keys + least(j + 2, last) * row, d = keys + least(j + 3, last) * row;
  let sumA = zeros(), sumB = zeros(), sumC = zeros(), sumD = zeros();
  const end = q + (bytes & ~15), even = q + (bytes & ~31);
  for (; q < even; q += 32, a += 32, b += 32, c += 32, d += 32) {
    const x = v128.load(q), y = v128.load(q, 16);
    sumA = madd(x, v128.load(a), sumA), sumB = madd(x, v128.load(b), sumB);
    sumC = madd(x, v128.load(c), sumC), sumD = madd(x, v128.load(d), sumD);
    sumA = madd(y, v128.load(a, 16), sumA), sumB = madd(y, v128.load(b, 16), sumB);
    sumC = madd(y, v128.load(c, 16), sumC), sumD = madd(y, v128.load(d, 16), sumD);
  }
  for (; q < end; q += 16, a += 16, b += 16, c += 16, d += 16) {
    const x = v128.load(q);
    sumA = madd(x, v128.load(a), sumA), sumB = madd(x, v128.load(b), sumB);
    sumC = madd(x, v128.load(c), sumC), sumD = madd(x, v128.load(d), sumD);
  }
  let sums = totals(sumA, sumB, sumC, sumD);
  for (let at: usize = 0; at < (bytes & 15); at += 4) {
    const others = f32x4(load<f32>(a + at), load<f32>(b + at), load<f32>(c + at), load<f32>(d + at));
    sums = madd(v128.load32_splat(q + at), others, sums);
  }
  return sums;
}

/** out = factor · Σ shares[j] · values[j]. */
// @ts-ignore: decorator
@inline
function blend(shares: usize, values: usize, row: usize, count: u32, out: usize, bytes: usize, factor: f32): void {
  const f = f32x4.splat(factor);
  let at: usize = 0;
  for (; at + 64 <= bytes; at += 64) {
    let a = zeros(), b = zeros(), c = zeros(), d = zeros();
    let from = values + at;
    for (let j: u32 = 0; j < count; j++, from += row) {
      const share = v128.load32_splat(shares + (j << 2));
      a = madd(share, v128.load(from), a), b = madd(share, v128.load(from, 16), b);
      c = madd(share, v128.load(from, 32), c), d = madd(share, v128.load(from, 48), d);
    }
    v128.store(out + at, f32x4.mul(a, f)), v128.store(out + at, f32x4.mul(b, f), 16);
    v128.store(out + at, f32x4.mul(c, f), 32), v128.store(out + at, f32x4.mul(d, f), 48);
  }
  for (; at + 32 <= bytes; at += 32) {
    let a = zeros(), b = zeros(), c = zeros(), d = zeros();
    let from = values + at, share = shares;
    const even = shares + ((count & ~1) << 2);
    for (; share < even; share += 8, from += 2 * row) {
      const x = v128.load32_splat(share), y = v128.load32_splat(share, 4);
      a = madd(x, v128.load(from), a), b = madd(x, v128.load(from, 16), b);
      c = madd(y, v128.load(from + row), c), d = madd(y, v128.load(from + row, 16), d);
    }
    if (count & 1) a = madd(v128.load32_splat(share), v128.load(from), a), b = madd(v128.load32_splat(share), v128.load(from, 16), b);
    v128.store(out + at, f32x4.mul(f32x4.add(a, c), f)), v128.store(out + at, f32x4.mul(f32x4.add(b, d), f), 16);
  }
  for (; at < bytes; at += 4) {
    let sum: f32 = 0;
    for (let j: u32 = 0; j < count; j++) sum += load<f32>(shares + (j << 2)) * load<f32>(values + j * row + at);
    store<f32>(out + at, sum * factor);
  }
}

/**
 * Picks a slot's next token and moves the slot on; see shaders/sample.wgsl, whose noise this draws bit for bit. A unit is a slot.
 * Arguments: logits, stops, requests, tokens, positions, live, written, vocab, limit, number of stops, topK, seed, temperature, topP.
 */
export function sample(args: usize, unit: u32, own: usize): void {
  const vocab = word(args, 7), temperature = real(args, 12);
  const live = <usize>word(args, 5) + (unit << 2);
  if (load<u32>(live) == NONE) return;
  const logits = <usize>word(args, 0) + (unit * vocab << 2);
  const row = <usize>word(args, 6) + (unit * (word(args, 8) + 2) << 2);
  const request = <usize>word(args, 2) + (unit << 3);
  const count = load<u32>(row);
  let choice = firstAt(logits, vocab, maximum(logits, vocab << 2));
  if (temperature > 0) choice = draw(args, own, logits, vocab, load<f32>(logits + (choice << 2)), choice, load<u32>(request), count);
  const stops: usize = word(args, 1);
  for (let i: u32 = 0; i < word(args, 9); i++) {
    if (choice != load<u32>(stops + (i << 2))) continue;
    store<u32>(row, 1, 4), store<u32>(live, NONE);
    return;
  }
  store<u32>(row + (count << 2), choice, 8), store<u32>(row, count + 1);
  store<u32>(<usize>word(args, 3) + (unit << 2), choice);
  const position = <usize>word(args, 4) + (unit << 2);
  store<u32>(position, load<u32>(position) + 1);
  if (count + 1 >= load<u32>(request, 4)) store<u32>(row, 2, 4), store<u32>(live, NONE);
}

function firstAt(line: usize, count: u32, value: f32): u32 {
  let i: u32 = 0;
  while (i < count && load<f32>(line + (i << 2)) != value) i++;
  return i;
}

/** Gumbel-max over the ids that top-k and top-p keep. */
function draw(args: usize, own: usize, logits: usize, vocab: u32, peak: f32, likeliest: u32, request: u32, count: u32): u32 {
  const topK = word(args, 10), temperature = real(args, 12), topP = real(args, 13);
  memory.copy(own, logits, vocab << 2);
  const whole = exponentials(own, vocab << 2, peak, <f32>1 / temperature);
  let low: f32 = 0;
  if (topP < 1) {
    let over: f32 = 1;
    for (let round = 0; round < 24; round++) {
      const middle: f32 = 0.5 * (low + over);
      if (massFrom(own, vocab, middle) >= topP * whole) low = middle;
      else over = middle;
    }
  }
  if (topK > 0 && topK < vocab) {
    let under = low, over: f32 = 1.000001;
    for (let round = 0; round < 24; round++) {
      const middle: f32 = 0.5 * (under + over);
      if (countFrom(own, vocab, middle) <= topK) over = middle;
      else under = middle;
    }
    low = max<f32>(low, min<f32>(over, 1));
  }
  const key = mix(word(args, 11) ^ mix(request ^ mix(count + 0x9e3779b9)));
  let top: f32 = -3e38;
  let choice = likeliest;
  for (let i: u32 = 0; i < vocab; i++) {
    if (load<f32>(own + (i << 2)) < low) continue;
    const scaled = (load<f32>(logits + (i << 2)) - peak) / temperature;
    // The noise is below 18 for every 24-bit draw.
    if (scaled + 18 <= top) continue;
    const uniform = (<f32>(mix(key ^ mix(i + 1)) >> 8) + 0.5) / 16777216;
    const value = scaled - Mathf.log(-Mathf.log(uniform));
    if (value > top) top = value, choice = i;
  }
  return choice;
}

function massFrom(line: usize, count: u32, low: f32): f32 {
  let sums = zeros();
  let i: u32 = 0;
  for (; i + 4 <= count; i += 4) {
    const p = v128.load(line + (i << 2));
    sums = f32x4.add(sums, v128.and(p, f32x4.ge(p, f32x4.splat(low))));
  }
  let sum = total(sums);
  for (; i < count; i++) sum += load<f32>(line + (i << 2)) >= low ? load<f32>(line + (i << 2)) : 0;
  return sum;
}

function countFrom(line: usize, count: u32, low: f32): u32 {
  let found: u32 = 0;
  for (let i: u32 = 0; i < count; i++) found += u32(load<f32>(line + (i << 2)) >= low);
  return found;
}
