enable subgroups; // when QUAD
// y = x / sqrt(mean(x²) + eps) · weight (+ residual), one workgroup a row. Saves 1/sqrt(…) for the backward pass.
struct Dims { rows: u32, width: u32, elements: f32, eps: f32 };
@group(0) @binding(0) var<uniform> dims: Dims;
@group(0) @binding(1) var<storage, read> x: array<V>;
@group(0) @binding(2) var<storage, read> weight: array<V>;
@group(0) @binding(3) var<storage, read_write> y: array<V>;
@group(0) @binding(4) var<storage, read_write> scale: array<f32>;
@group(0) @binding(5) var<storage, read> residual: array<V>; // when RESIDUAL

// include vectors
// include lanes

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let row = group.y * groups.x + group.x;
  if (row >= dims.rows) { return; }
  let base = row * dims.width;
  var squares = V(0.0);
  for (var i = lane; i < dims.width; i += LANES) {
    let value = x[base + i];
    squares += value * value;
  }
  let sum = sumOf(total(squares), lane);
  let rstd = inverseSqrt(sum / dims.elements + dims.eps);
  if (lane == 0u) { scale[row] = rstd; }
  for (var i = lane; i < dims.width; i += LANES) {
    var gain = weight[i];
    gain += V(1.0); // when PLUS_ONE
    var value = x[base + i] * rstd * gain;
    value += residual[base + i]; // when RESIDUAL
    y[base + i] = value;
  }
}
