// AdamW on moments of 32 bits.
struct Dims { count: u32 };
@group(0) @binding(0) var<uniform> dims: Dims;
@group(0) @binding(1) var<storage, read_write> params: array<V>;
@group(0) @binding(2) var<storage, read> grads: array<V>;
@group(0) @binding(3) var<storage, read_write> m: array<V>;
@group(0) @binding(4) var<storage, read_write> v: array<V>;
// include adamw

alias V = vec4f;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = (group.y * groups.x + group.x) * 64u + local;
  if (i >= dims.count) { return; }
  if (!isFinite()) { return; }
  let g = limited(grads[i]);
  let first = hyper[1] * m[i] + (1.0 - hyper[1]) * g;
  let second = hyper[2] * v[i] + (1.0 - hyper[2]) * g * g;
  m[i] = first;
  v[i] = second;
  params[i] = moved(params[i], first, second);
}
