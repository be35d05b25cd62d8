// stats[t, head] = (log-sum-exp, Σ dOut·out): what both backward kernels need of a query, side by side in one buffer.
struct Dims { rows: u32 };
@group(0) @binding(0) var<uniform> dims: Dims;
@group(0) @binding(1) var<storage, read> out: array<V>;
@group(0) @binding(2) var<storage, read> dOut: array<V>;
@group(0) @binding(3) var<storage, read> lse: array<f32>;
@group(0) @binding(4) var<storage, read_write> stats: array<f32>;

alias V = vec4f;
fn total(v: V) -> f32 { return v.x + v.y + v.z + v.w; }
const HEAD = 4u;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let row = (group.y * groups.x + group.x) * 64u + local;
  if (row >= dims.rows) { return; }
  var sum = V(0.0);
  for (var d = 0u; d < HEAD; d++) {
    sum += out[row * HEAD + d] * dOut[row * HEAD + d];
  }
  stats[2u * row] = lse[row];
  stats[2u * row + 1u] = total(sum);
}
