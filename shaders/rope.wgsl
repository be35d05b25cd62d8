// Rotary embedding of queries and keys, half-split pairs (x[i], x[i + half]) as Hugging Face stores them. cos and sin come from a table
// made in float64, since WGSL's sin is only good near zero. direction −1 turns back: the gradient. A thread turns one place of all
// heads of a token, by one angle.
struct Dims { tokens: u32, heads: u32, kvHeads: u32, half: u32, direction: f32 };
@group(0) @binding(0) var<uniform> dims: Dims;
@group(0) @binding(1) var<storage, read> q: array<V>;
@group(0) @binding(2) var<storage, read> k: array<V>;
@group(0) @binding(3) var<storage, read> positions: array<u32>;
@group(0) @binding(4) var<storage, read> cosines: array<V>;
@group(0) @binding(5) var<storage, read> sines: array<V>;
@group(0) @binding(6) var<storage, read_write> turnedQ: array<V>;
@group(0) @binding(7) var<storage, read_write> turnedK: array<V>;

alias V = vec4f;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let index = (group.y * groups.x + group.x) * 64u + local;
  let token = index / dims.half;
  if (token >= dims.tokens) { return; }
  let i = index - token * dims.half;
  let angle = positions[token] * dims.half + i;
  let c = cosines[angle];
  let s = sines[angle] * dims.direction;
  // include rope_heads
  // include rope_heads with heads = kvHeads, q = k, turnedQ = turnedK, ACCUMULATE = ACCUMULATE_KEYS
}
