// Attention of new tokens over the cache of their slot: the last `window` positions up to their own. Serves prompts (many tokens a slot) and
// answers (one token a slot) alike.
struct Dims { tokens: u32, heads: u32, kvHeads: u32, context: u32, window: u32, scale: f32, cap: f32 };
@group(0) @binding(0) var<uniform> dims: Dims;
@group(0) @binding(1) var<storage, read> q: array<V>; // [tokens, heads, HEAD]
@group(0) @binding(2) var<storage, read> keys: array<V>; // [slots, context, kvHeads, HEAD]
@group(0) @binding(3) var<storage, read> values: array<V>;
@group(0) @binding(4) var<storage, read> slots: array<u32>;
@group(0) @binding(5) var<storage, read> positions: array<u32>;
@group(0) @binding(6) var<storage, read_write> out: array<V>;

// include vectors
const HEAD = 4u;

@compute @workgroup_size(16)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let row = (group.y * groups.x + group.x) * 16u + local;
  if (row >= dims.tokens * dims.heads) { return; }
  let token = row / dims.heads;
  let kvHead = row % dims.heads * dims.kvHeads / dims.heads;
  let pitch = dims.kvHeads * HEAD;
  var rq: array<V, HEAD>; // registers narrow
  var sum: array<V, HEAD>; // registers narrow
  for (var d = 0u; d < HEAD; d++) { // unroll narrow
    rq[d] = q[row * HEAD + d] * dims.scale;
  }
  var peak = -1e30;
  var mass = 0.0;
  let slot = slots[token];
  let count = select(positions[token] + 1u, 0u, slot == 0xffffffffu);
  for (var j = count - min(count, dims.window); j < count; j++) {
    let at = (slot * dims.context + j) * pitch + kvHead * HEAD;
    var products = V(0.0);
    for (var d = 0u; d < HEAD; d++) { // unroll narrow
      products += rq[d] * keys[at + d];
    }
    var score = total(products);
    score = dims.cap * tanh(clamp(score / dims.cap, -15.0, 15.0)); // when CAPPED
    let high = max(peak, score);
    let keep = exp(peak - high);
    let share = exp(score - high);
    mass = mass * keep + share;
    peak = high;
    for (var d = 0u; d < HEAD; d++) { // unroll narrow
      sum[d] = sum[d] * keep + values[at + d] * share;
    }
  }
  for (var d = 0u; d < HEAD; d++) { // unroll narrow
    out[row * HEAD + d] = sum[d] / max(mass, 1e-30);
  }
}
