// C (+)= A·Bᵀ for few rows of A [ROWS, k], as in decoding: a workgroup has one row of B [n, k], whose vectors its lanes share out in
// order; each lane adds up a product for every row of A, and the lanes' sums meet in workgroup memory.
enable f16; // when HALVES
struct Dims { m: u32, n: u32, k: u32,
  scale: f32, // when SCALE
};
@group(0) @binding(0) var<uniform> dims: Dims;
@group(0) @binding(1) var<storage, read> a: array<vec4f>;
@group(0) @binding(2) var<storage, read> b: array<B>;
// include matmul_put with C = f32
// include four_of

const ROWS = 1u;
const LANES = 64u;
var<workgroup> partial: array<f32, ROWS * LANES>;

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let column = group.y * groups.x + group.x;
  if (column >= dims.n) { return; }
  let k4 = dims.k / 4u;
  var acc: array<f32, ROWS>; // registers
  for (var k = lane; k < k4; k += LANES) {
    let weight = fourOf(b[column * k4 + k]);
    for (var i = 0u; i < ROWS; i++) { // unroll
      acc[i] += dot(a[i * k4 + k], weight);
    }
  }
  for (var i = 0u; i < ROWS; i++) { // unroll
    partial[i * LANES + lane] = acc[i];
  }
  workgroupBarrier();
  for (var row = lane; row < ROWS; row += LANES) {
    var value = 0.0;
    for (var i = 0u; i < LANES; i++) { value += partial[row * LANES + i]; }
    put(row * dims.n + column, column, value);
  }
}
