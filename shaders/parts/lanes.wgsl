// What the LANES of a workgroup have found, together: inside a quad, or by way of workgroup memory.
const LANES = 64u;
var<workgroup> partial: array<f32, LANES>; // when TREE

fn sumOf(value: f32, lane: u32) -> f32 {
  let pair = value + quadSwapX(value); // when QUAD
  return pair + quadSwapY(pair); // when QUAD
  workgroupBarrier(); // when TREE
  partial[lane] = value; // when TREE
  workgroupBarrier(); // when TREE
  for (var half = LANES / 2u; half > 0u; half /= 2u) { // when TREE
    if (lane < half) { partial[lane] += partial[lane + half]; } // when TREE
    workgroupBarrier(); // when TREE
  } // when TREE
  return partial[0]; // when TREE
}

fn largestOf(value: f32, lane: u32) -> f32 {
  let pair = max(value, quadSwapX(value)); // when QUAD
  return max(pair, quadSwapY(pair)); // when QUAD
  workgroupBarrier(); // when TREE
  partial[lane] = value; // when TREE
  workgroupBarrier(); // when TREE
  for (var half = LANES / 2u; half > 0u; half /= 2u) { // when TREE
    if (lane < half) { partial[lane] = max(partial[lane], partial[lane + half]); } // when TREE
    workgroupBarrier(); // when TREE
  } // when TREE
  return partial[0]; // when TREE
}
