enable subgroups;
// As rmsnorm_forward, for adapters with quads, where loads cost most: a quad takes ROWS rows one after the other, and keeps the weights
// all the while and a row's numbers from its sum to its result.
struct Dims { rows: u32, elements: f32, eps: f32 };
@group(0) @binding(0) var<uniform> dims: Dims;
@group(0) @binding(1) var<storage, read> x: array<vec4f>; // [rows, 4 · SPAN]
@group(0) @binding(2) var<storage, read> weight: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> y: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> scale: array<f32>;
@group(0) @binding(5) var<storage, read> residual: array<vec4f>; // when RESIDUAL

const SPAN = 2u; // vectors of a row a lane holds
const ROWS = 8u;
const BASE = 0.0; // added to the weights

@compute @workgroup_size(4)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let first = (group.y * groups.x + group.x) * ROWS;
  let last = min(first + ROWS, dims.rows);
  var gain: array<vec4f, SPAN>; // values
  for (var d = 0u; d < SPAN; d++) { // unroll
    gain[d] = weight[4u * d + lane] + BASE;
  }
  for (var row = first; row < last; row++) {
    let at = row * 4u * SPAN + lane;
    var value: array<vec4f, SPAN>; // values
    var sum = 0.0;
    for (var d = 0u; d < SPAN; d++) { // unroll
      value[d] = x[at + 4u * d];
      sum += dot(value[d], value[d]);
    }
    let pair = sum + quadSwapX(sum);
    let rstd = inverseSqrt((pair + quadSwapY(pair)) / dims.elements + dims.eps);
    if (lane == 0u) { scale[row] = rstd; }
    for (var d = 0u; d < SPAN; d++) { // unroll
      y[at + 4u * d] = value[d] * rstd * gain[d]
        + residual[at + 4u * d] // when RESIDUAL
      ;
    }
  }
}
