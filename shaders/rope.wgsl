// Rotary embedding of queries and keys, half-split pairs (x[i], x[i + half]) as Hugging Face stores them. cos and sin come from a table
// made in float64, since WGSL's sin is only good near zero. direction −1 turns back: the gradient. The last workgroups are the keys'.
struct Dims { tokens: u32, heads: u32, kvHeads: u32, half: u32, direction: f32, queryGroups: u32 };
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
  let flat = group.y * groups.x + group.x;
  let isKey = flat >= dims.queryGroups;
  let heads = select(dims.heads, dims.kvHeads, isKey);
  let index = (flat - select(0u, dims.queryGroups, isKey)) * 64u + local;
  if (index >= dims.tokens * heads * dims.half) { return; }
  let head = index / dims.half;
  let i = index - head * dims.half;
  let angle = positions[head / heads] * dims.half + i;
  let low = head * dims.half * 2u + i;
  let high = low + dims.half;
  let c = cosines[angle];
  let s = sines[angle] * dims.direction;
  if (isKey) {
    var first = k[low] * c - k[high] * s;
    var second = k[high] * c + k[low] * s;
    first += turnedK[low]; // when ACCUMULATE_KEYS
    second += turnedK[high]; // when ACCUMULATE_KEYS
    turnedK[low] = first;
    turnedK[high] = second;
  } else {
    var first = q[low] * c - q[high] * s;
    var second = q[high] * c + q[low] * s;
    first += turnedQ[low]; // when ACCUMULATE
    second += turnedQ[high]; // when ACCUMULATE
    turnedQ[low] = first;
    turnedQ[high] = second;
  }
}
