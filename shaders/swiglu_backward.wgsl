// With σ = sigmoid(g): dUp = dOut · g · σ, dGate = dOut · up · σ · (1 + g · (1 − σ)).
struct Dims { count: u32 };
@group(0) @binding(0) var<uniform> dims: Dims;
@group(0) @binding(1) var<storage, read> gate: array<V>;
@group(0) @binding(2) var<storage, read> up: array<V>;
@group(0) @binding(3) var<storage, read> dOut: array<V>;
@group(0) @binding(4) var<storage, read_write> dGate: array<V>;
@group(0) @binding(5) var<storage, read_write> dUp: array<V>;

alias V = vec4f;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = (group.y * groups.x + group.x) * 64u + local;
  if (i >= dims.count) { return; }
  let g = gate[i];
  let d = dOut[i];
  let s = V(1.0) / (V(1.0) + exp(-g));
  var forGate = d * up[i] * s * (V(1.0) + g * (V(1.0) - s));
  var forUp = d * g * s;
  forGate += dGate[i]; // when ACCUMULATE
  forUp += dUp[i]; // when ACCUMULATE
  dGate[i] = forGate;
  dUp[i] = forUp;
}
