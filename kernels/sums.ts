/** Kernels that gather: embedding rows, sums over rows, sums of products, the ring of losses. */
import { dot, least, put, real, take, total, word, zeros } from './vector';

/** out[t] = table[ids[t]] · scale (+ residual[t]); a unit is a token. Arguments: table, ids, residual or 0, out, width, scale. */
export function embed(args: usize, unit: u32, own: usize): void {
  const bytes: usize = word(args, 4) << 2, row: usize = unit * bytes, scale = f32x4.splat(real(args, 5));
  const from = <usize>word(args, 0) + load<u32>(<usize>word(args, 1) + (unit << 2)) * bytes;
  const residual: usize = word(args, 2), out = <usize>word(args, 3) + row;
  for (let at: usize = 0; at < bytes; at += 16) {
    const left = bytes - at, value = f32x4.mul(take(from + at, left), scale);
    put(out + at, residual ? f32x4.add(value, take(residual + row + at, left)) : value, left);
  }
}

/** dTable[id] += scale · Σ dOut over the tokens of that id; a unit is a run of `runs`. Arguments: dOut, order, runs, dTable, width, scale. */
export function embedBackward(args: usize, unit: u32, own: usize): void {
  const bytes: usize = word(args, 4) << 2, scale = f32x4.splat(real(args, 5));
  const run = <usize>word(args, 2) + unit * 12;
  const first = load<u32>(run, 4), end = load<u32>(run, 8);
  if (first == end) return;
  const dOut: usize = word(args, 0), order: usize = word(args, 1);
  const target = <usize>word(args, 3) + load<u32>(run) * bytes;
  for (let at: usize = 0; at < bytes; at += 16) {
    const left = bytes - at;
    let sum = zeros();
    for (let i = first; i < end; i++) sum = f32x4.add(sum, take(dOut + load<u32>(order + (i << 2)) * bytes + at, left));
    put(target + at, f32x4.add(take(target + at, left), f32x4.mul(sum, scale)), left);
  }
}

/**
 * out[chunk, column] (+)= Σ x[row, column] (· (y[row, column] − mean[row]) · scale[row]) over the rows of a chunk; a unit is a chunk.
 * Arguments: x, y or 0, scale, mean or 0, out, rows, width, rows in a chunk, accumulate.
 */
export function columnSum(args: usize, unit: u32, own: usize): void {
  const x: usize = word(args, 0), y: usize = word(args, 1), scale: usize = word(args, 2), mean: usize = word(args, 3);
  const bytes: usize = word(args, 6) << 2, perChunk = word(args, 7);
  const out = <usize>word(args, 4) + unit * bytes;
  if (!word(args, 8)) memory.fill(out, 0, bytes);
  const end = least(word(args, 5), (unit + 1) * perChunk);
  for (let row = unit * perChunk; row < end; row++) {
    const from: usize = row * bytes;
    const s = y ? v128.load32_splat(scale + (row << 2)) : zeros(), m = mean ? v128.load32_splat(mean + (row << 2)) : zeros();
    for (let at: usize = 0; at < bytes; at += 16) {
      const left = bytes - at;
      let value = take(x + from + at, left);
      if (y) value = f32x4.mul(value, f32x4.mul(f32x4.sub(take(y + from + at, left), m), s));
      put(out + at, f32x4.add(take(out + at, left), value), left);
    }
  }
}

/** out[unit] (+)= Σ a (· b) over that unit's part. Arguments: a, b or 0, out, count, length of a part, accumulate. */
export function sumProducts(args: usize, unit: u32, own: usize): void {
  const a: usize = word(args, 0), b: usize = word(args, 1), length = word(args, 4);
  const out = <usize>word(args, 2) + (unit << 2);
  const first = least(word(args, 3), unit * length), count = least(word(args, 3) - first, length);
  const sum = b ? dot(a + (first << 2), b + (first << 2), count) : sumOf(a + (first << 2), count << 2);
  store<f32>(out, word(args, 5) ? load<f32>(out) + sum : sum);
}

function sumOf(a: usize, bytes: usize): f32 {
  let sums = zeros();
  for (let at: usize = 0; at < bytes; at += 16) sums = f32x4.add(sums, take(a + at, bytes - at));
  return total(sums);
}

/** Keeps a step's loss and squared gradient norm in the ring. Arguments: loss, squaredNorm, hyper, ring, slots. */
export function record(args: usize, unit: u32, own: usize): void {
  const slot = <u32>load<f32>(<usize>word(args, 2), 32) % word(args, 4);
  const ring = <usize>word(args, 3) + (slot << 3);
  store<f32>(ring, load<f32>(word(args, 0)));
  store<f32>(ring, load<f32>(word(args, 1)), 4);
}
