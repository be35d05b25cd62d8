// With g = dy · weight and n = (x − mean) · rstd: dx (+)= rstd · (g − mean(g) − n · mean(g · n)), one workgroup a row.
struct Dims { rows: u32, width: u32, elements: f32 };
@group(0) @binding(0) var<uniform> dims: Dims;
@group(0) @binding(1) var<storage, read> x: array<V>;
@group(0) @binding(2) var<storage, read> weight: array<V>;
@group(0) @binding(3) var<storage, read> mean: array<f32>;
@group(0) @binding(4) var<storage, read> scale: array<f32>;
@group(0) @binding(5) var<storage, read> dy: array<V>;
@group(0) @binding(6) var<storage, read_write> dx: array<V>;

// include vectors
// include lanes with f32 = vec2f

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let row = group.y * groups.x + group.x;
  if (row >= dims.rows) { return; }
  let base = row * dims.width;
  let middle = mean[row];
  let rstd = scale[row];
  var sum = V(0.0);
  var products = V(0.0);
  for (var i = lane; i < dims.width; i += LANES) {
    let g = dy[base + i] * weight[i];
    sum += g;
    products += g * (x[base + i] - V(middle));
  }
  let means = sumOf(vec2f(total(sum), total(products) * rstd), lane) / dims.elements;
  for (var i = lane; i < dims.width; i += LANES) {
    let normal = (x[base + i] - V(middle)) * rstd;
    var value = rstd * (dy[base + i] * weight[i] - V(means.x) - normal * means.y);
    value += dx[base + i]; // when ACCUMULATE
    dx[base + i] = value;
  }
}
