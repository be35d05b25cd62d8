enable subgroups;
// As rmsnorm_backward, for adapters with quads: see rmsnorm_quad_forward. Where the weights learn, the quad also sums their gradient
// over its rows, which are at hand: partial[quad, column] = Σ_row dy · x · rstd.
struct Dims { rows: u32, elements: f32 };
@group(0) @binding(0) var<uniform> dims: Dims;
@group(0) @binding(1) var<storage, read> x: array<vec4f>; // [rows, 4 · SPAN]
@group(0) @binding(2) var<storage, read> weight: array<vec4f>;
@group(0) @binding(3) var<storage, read> scale: array<f32>;
@group(0) @binding(4) var<storage, read> dy: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> dx: array<vec4f>;
@group(0) @binding(6) var<storage, read_write> partial: array<vec4f>; // when LEARNS

const SPAN = 2u; // vectors of a row a lane holds
const ROWS = 8u;
const BASE = 0.0; // added to the weights

@compute @workgroup_size(4)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let index = group.y * groups.x + group.x;
  let last = min((index + 1u) * ROWS, dims.rows);
  if (index * ROWS >= last) { return; }
  var gain: array<vec4f, SPAN>; // values
  for (var d = 0u; d < SPAN; d++) { // unroll
    gain[d] = weight[4u * d + lane] + BASE;
  }
  var learnt: array<vec4f, SPAN>; // registers // when LEARNS
  for (var row = index * ROWS; row < last; row++) {
    let at = row * 4u * SPAN + lane;
    var value: array<vec4f, SPAN>; // values
    var turn: array<vec4f, SPAN>; // values
    var sum = 0.0;
    for (var d = 0u; d < SPAN; d++) { // unroll
      value[d] = x[at + 4u * d];
      turn[d] = dy[at + 4u * d];
      sum += dot(turn[d] * gain[d], value[d]);
    }
    let pair = sum + quadSwapX(sum);
    let rstd = scale[row];
    let share = (pair + quadSwapY(pair)) * rstd * rstd / dims.elements;
    for (var d = 0u; d < SPAN; d++) { // unroll
      dx[at + 4u * d] = rstd * (turn[d] * gain[d] - value[d] * share)
        + dx[at + 4u * d] // when ACCUMULATE
      ;
      learnt[d] += turn[d] * value[d] * rstd; // when LEARNS
    }
  }
  for (var d = 0u; d < SPAN; d++) { // unroll
    partial[(index * SPAN + d) * 4u + lane] = learnt[d]; // when LEARNS
  }
}
