// out[group] (+)= Σ a[i] (· b[i]) over that workgroup's share, a's own squares where SQUARE. Run with many groups, then once more with one.
struct Dims { count: u32, groups: u32 };
@group(0) @binding(0) var<uniform> dims: Dims;
@group(0) @binding(1) var<storage, read> a: array<V>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;
@group(0) @binding(3) var<storage, read> b: array<V>; // when PRODUCT

// include vectors
// include lanes

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  var sum = V(0.0);
  for (var i = group.x * LANES + lane; i < dims.count; i += dims.groups * LANES) {
    var value = a[i];
    value *= value; // when SQUARE
    value *= b[i]; // when PRODUCT
    sum += value;
  }
  var whole = sumOf(total(sum), lane);
  if (lane == 0u) {
    whole += out[group.x]; // when ACCUMULATE
    out[group.x] = whole;
  }
}
