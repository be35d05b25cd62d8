// AdamW (Loshchilov & Hutter 2019): decoupled decay, bias correction, and the global gradient-norm limit folded in.
// What changes from step to step (`hyper`) is data, so the program can be replayed. A gradient that is not finite skips the step:
// compilers may assume x == x, so the test looks at the bits.
struct Dims { count: u32 };
@group(0) @binding(0) var<uniform> dims: Dims;
@group(0) @binding(1) var<storage, read_write> params: array<V>;
@group(0) @binding(2) var<storage, read> grads: array<V>;
@group(0) @binding(3) var<storage, read_write> m: array<V>;
@group(0) @binding(4) var<storage, read_write> v: array<V>;
@group(0) @binding(5) var<storage, read> squaredNorm: array<f32>;
@group(0) @binding(6) var<storage, read> hyper: array<f32>; // rate, β1, β2, ε, decay, clip, 1 − β1^t, 1 − β2^t

alias V = vec4f;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = (group.y * groups.x + group.x) * 64u + local;
  if (i >= dims.count) { return; }
  let bits = bitcast<u32>(squaredNorm[0]);
  if ((bits & 0x7f800000u) == 0x7f800000u) { return; }
  let limit = hyper[5];
  let norm = sqrt(squaredNorm[0]);
  let shrink = select(1.0, min(1.0, limit / (norm + 1e-6)), limit > 0.0);
  let g = grads[i] * shrink;
  let first = hyper[1] * m[i] + (1.0 - hyper[1]) * g;
  let second = hyper[2] * v[i] + (1.0 - hyper[2]) * g * g;
  m[i] = first;
  v[i] = second;
  let p = params[i];
  params[i] = p - hyper[0] * (first / hyper[6] / (sqrt(second / hyper[7]) + hyper[3]) + hyper[4] * p);
}
