// How quads share heads, of queries or, where a kernel walks over queries, of keys; the host sets what fits (ops/attention.ts).
const PART = 2u; // vectors of a head a lane holds
const BLOCK = 16u; // queries a quad answers, or keys it owns: a multiple of four
const KEYS = 4u; // keys an iteration takes, or queries
const QUADS = 2u;
const SHARES = 1u; // quads that share a head's width
const WIDTH = 4u * PART * SHARES; // vectors of a head
const LANES = 4u * QUADS;
const SCORES = BLOCK / 4u * KEYS;

// Of four numbers that every lane of a quad has, each lane gets the sum of its own: the first lane that of the first.
fn ownSum(a: f32, b: f32, c: f32, d: f32, lane: u32) -> f32 {
  let even = lane % 2u == 0u;
  let low = lane < 2u;
  let left = select(b, a, even) + quadSwapX(select(a, b, even));
  let right = select(d, c, even) + quadSwapX(select(c, d, even));
  return select(right, left, low) + quadSwapY(select(left, right, low));
}
