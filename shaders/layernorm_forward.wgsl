// y = (x − mean) / sqrt(variance + eps) · weight + bias, one workgroup a row. Saves mean and 1/sqrt(…) for the backward pass.
struct Dims { rows: u32, width: u32, elements: f32, eps: f32 };
@group(0) @binding(0) var<uniform> dims: Dims;
@group(0) @binding(1) var<storage, read> x: array<V>;
@group(0) @binding(2) var<storage, read> weight: array<V>;
@group(0) @binding(3) var<storage, read> bias: array<V>;
@group(0) @binding(4) var<storage, read_write> y: array<V>;
@group(0) @binding(5) var<storage, read_write> mean: array<f32>;
@group(0) @binding(6) var<storage, read_write> scale: array<f32>;

alias V = vec4f;
fn total(v: V) -> f32 { return v.x + v.y + v.z + v.w; }
const LANES = 64u;
var<workgroup> partial: array<f32, LANES>;

fn sumOverLanes(value: f32, lane: u32) -> f32 {
  workgroupBarrier();
  partial[lane] = value;
  workgroupBarrier();
  for (var half = LANES / 2u; half > 0u; half /= 2u) {
    if (lane < half) { partial[lane] += partial[lane + half]; }
    workgroupBarrier();
  }
  return partial[0];
}

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let row = group.y * groups.x + group.x;
  if (row >= dims.rows) { return; }
  let base = row * dims.width;
  var sum = V(0.0);
  for (var i = lane; i < dims.width; i += LANES) { sum += x[base + i]; }
  let middle = sumOverLanes(total(sum), lane) / dims.elements;
  var squares = V(0.0);
  for (var i = lane; i < dims.width; i += LANES) {
    let away = x[base + i] - V(middle);
    squares += away * away;
  }
  let rstd = inverseSqrt(sumOverLanes(total(squares), lane) / dims.elements + dims.eps);
  if (lane == 0u) {
    mean[row] = middle;
    scale[row] = rstd;
  }
  for (var i = lane; i < dims.width; i += LANES) {
    y[base + i] = (x[base + i] - V(middle)) * rstd * weight[i] + bias[i];
  }
}
