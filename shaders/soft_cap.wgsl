// x = cap · tanh(x / cap), in place. The argument is held where tanh is flat, since some drivers' overflows.
struct Dims { count: u32, cap: f32 };
@group(0) @binding(0) var<uniform> dims: Dims;
@group(0) @binding(1) var<storage, read_write> x: array<V>;

alias V = vec4f;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = (group.y * groups.x + group.x) * 64u + local;
  if (i >= dims.count) { return; }
  x[i] = dims.cap * tanh(clamp(x[i] / dims.cap, V(-15.0), V(15.0)));
}
