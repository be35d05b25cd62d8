// y = (x − mean) / sqrt(variance + eps) · weight + bias, one workgroup a row. Saves mean and 1/sqrt(…) for the backward pass.
struct Dims { rows: u32, width: u32, elements: f32, eps: f32 };
@group(0) @binding(0) var<uniform> dims: Dims;
@group(0) @binding(1) var<storage, read> x: array<V>;
@group(0) @binding(2) var<storage, read> weight: array<V>;
@group(0) @binding(3) var<storage, read> bias: array<V>;
@group(0) @binding(4) var<storage, read_write> y: array<V>;
@group(0) @binding(5) var<storage, read_write> mean: array<f32>;
@group(0) @binding(6) var<storage, read_write> scale: array<f32>;

// include vectors
// include lanes

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let row = group.y * groups.x + group.x;
  if (row >= dims.rows) { return; }
  let base = row * dims.width;
  var sum = V(0.0);
  for (var i = lane; i < dims.width; i += LANES) { sum += x[base + i]; }
  let middle = sumOf(total(sum), lane) / dims.elements;
  var squares = V(0.0);
  for (var i = lane; i < dims.width; i += LANES) {
    let away = x[base + i] - V(middle);
    squares += away * away;
  }
  let rstd = inverseSqrt(sumOf(total(squares), lane) / dims.elements + dims.eps);
  if (lane == 0u) {
    mean[row] = middle;
    scale[row] = rstd;
  }
  for (var i = lane; i < dims.width; i += LANES) {
    y[base + i] = (x[base + i] - V(middle)) * rstd * weight[i] + bias[i];
  }
}
