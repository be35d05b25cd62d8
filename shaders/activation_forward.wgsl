// out = x · sigmoid(z) (· up): silu with z = x, gelu in its tanh form with z = 2·√(2/π)·(x + 0.044715·x³).
struct Dims { count: u32 };
@group(0) @binding(0) var<uniform> dims: Dims;
@group(0) @binding(1) var<storage, read> x: array<V>;
@group(0) @binding(2) var<storage, read_write> out: array<V>;
@group(0) @binding(3) var<storage, read> up: array<V>; // when GATED

alias V = vec4f;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = (group.y * groups.x + group.x) * 64u + local;
  if (i >= dims.count) { return; }
  let g = x[i];
  var z = g;
  z = g * (V(1.5957691216) + 0.07135481628 * g * g); // when GELU
  var value = g / (V(1.0) + exp(-z));
  value *= up[i]; // when GATED
  out[i] = value;
}
