// With σ = sigmoid(z): dX = dOut (· up) · σ · (1 + x · z′ · (1 − σ)), dUp = dOut · x · σ.
struct Dims { count: u32 };
@group(0) @binding(0) var<uniform> dims: Dims;
@group(0) @binding(1) var<storage, read> x: array<V>;
@group(0) @binding(2) var<storage, read> dOut: array<V>;
@group(0) @binding(3) var<storage, read_write> dX: array<V>;
@group(0) @binding(4) var<storage, read> up: array<V>; // when GATED
@group(0) @binding(5) var<storage, read_write> dUp: array<V>; // when GATED

alias V = vec4f;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = (group.y * groups.x + group.x) * 64u + local;
  if (i >= dims.count) { return; }
  let g = x[i];
  let d = dOut[i];
  var z = g;
  var slope = V(1.0);
  z = g * (V(1.5957691216) + 0.07135481628 * g * g); // when GELU
  slope = V(1.5957691216) + 0.21406444884 * g * g; // when GELU
  let s = V(1.0) / (V(1.0) + exp(-z));
  var forX = d * s * (V(1.0) + g * slope * (V(1.0) - s));
  forX *= up[i]; // when GATED
  var forUp = d * g * s; // when GATED
  forX += dX[i]; // when ACCUMULATE
  forUp += dUp[i]; // when ACCUMULATE_UP
  dX[i] = forX;
  dUp[i] = forUp; // when GATED
}
