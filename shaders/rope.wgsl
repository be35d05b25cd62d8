// Rotary embedding, half-split pairs (x[i], x[i + half]) as Hugging Face stores them. cos and sin come from a table made in float64,
// since WGSL's sin is only good near zero. direction −1 turns back: the gradient.
struct Dims { tokens: u32, heads: u32, half: u32, direction: f32 };
@group(0) @binding(0) var<uniform> dims: Dims;
@group(0) @binding(1) var<storage, read> x: array<V>;
@group(0) @binding(2) var<storage, read> positions: array<u32>;
@group(0) @binding(3) var<storage, read> cosines: array<V>;
@group(0) @binding(4) var<storage, read> sines: array<V>;
@group(0) @binding(5) var<storage, read_write> y: array<V>;

alias V = vec4f;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let index = (group.y * groups.x + group.x) * 64u + local;
  if (index >= dims.tokens * dims.heads * dims.half) { return; }
  let i = index % dims.half;
  let head = index / dims.half;
  let angle = positions[head / dims.heads] * dims.half + i;
  let low = head * dims.half * 2u + i;
  let c = cosines[angle];
  let s = sines[angle] * dims.direction;
  let a = x[low];
  let b = x[low + dims.half];
  var first = a * c - b * s;
  var second = b * c + a * s;
  first += y[low]; // when ACCUMULATE
  second += y[low + dims.half]; // when ACCUMULATE
  y[low] = first;
  y[low + dims.half] = second;
}
