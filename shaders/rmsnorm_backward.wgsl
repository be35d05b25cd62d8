enable subgroups; // when QUAD
// dx (+)= rstd · (dy·w − x · rstd² · Σ(dy·w·x) / width), one workgroup a row.
struct Dims { rows: u32, width: u32, elements: f32 };
@group(0) @binding(0) var<uniform> dims: Dims;
@group(0) @binding(1) var<storage, read> x: array<V>;
@group(0) @binding(2) var<storage, read> weight: array<V>;
@group(0) @binding(3) var<storage, read> scale: array<f32>;
@group(0) @binding(4) var<storage, read> dy: array<V>;
@group(0) @binding(5) var<storage, read_write> dx: array<V>;

// include vectors
// include lanes

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let row = group.y * groups.x + group.x;
  if (row >= dims.rows) { return; }
  let base = row * dims.width;
  var products = V(0.0);
  for (var i = lane; i < dims.width; i += LANES) {
    var gain = weight[i];
    gain += V(1.0); // when PLUS_ONE
    products += dy[base + i] * gain * x[base + i];
  }
  let sum = sumOf(total(products), lane);
  let rstd = scale[row];
  let share = sum * rstd * rstd / dims.elements;
  for (var i = lane; i < dims.width; i += LANES) {
    var gain = weight[i];
    gain += V(1.0); // when PLUS_ONE
    var value = rstd * (dy[base + i] * gain - x[base + i] * share);
    value += dx[base + i]; // when ACCUMULATE
    dx[base + i] = value;
  }
}
