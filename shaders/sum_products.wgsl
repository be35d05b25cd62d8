// out[group] (+)= Σ a[i] (· b[i]) over that workgroup's share, a's own squares where SQUARE. Run with many groups, then once more with one.
struct Dims { count: u32, groups: u32 };
@group(0) @binding(0) var<uniform> dims: Dims;
@group(0) @binding(1) var<storage, read> a: array<V>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;
@group(0) @binding(3) var<storage, read> b: array<V>; // when PRODUCT

alias V = vec4f;
fn total(v: V) -> f32 { return v.x + v.y + v.z + v.w; }
const LANES = 64u;
var<workgroup> partial: array<f32, LANES>;

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  var sum = V(0.0);
  for (var i = group.x * LANES + lane; i < dims.count; i += dims.groups * LANES) {
    var value = a[i];
    value *= value; // when SQUARE
    value *= b[i]; // when PRODUCT
    sum += value;
  }
  partial[lane] = total(sum);
  workgroupBarrier();
  for (var half = LANES / 2u; half > 0u; half /= 2u) {
    if (lane < half) { partial[lane] += partial[lane + half]; }
    workgroupBarrier();
  }
  if (lane == 0u) {
    var whole = partial[0];
    whole += out[group.x]; // when ACCUMULATE
    out[group.x] = whole;
  }
}
