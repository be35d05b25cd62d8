// Causal attention inside each document of a flat ribbon of tokens, with an online softmax; saves only the log-sum-exp.
// A thread answers BLOCK consecutive queries of one head, so that each key and value is loaded once for all of them.
// Grouped queries: heads / kvHeads query heads share one key head.
// include attention
@group(0) @binding(1) var<storage, read> q: array<V>; // [tokens, heads, HEAD]
@group(0) @binding(2) var<storage, read> k: array<V>; // [tokens, kvHeads, HEAD]
@group(0) @binding(3) var<storage, read> v: array<V>;
@group(0) @binding(5) var<storage, read_write> out: array<V>; // [tokens, heads, HEAD]
@group(0) @binding(7) var<storage, read_write> stats: array<f32>; // [tokens, heads, (log-sum-exp, for the gradient)]

// include vectors
const HEAD = 4u; // vectors in a head
const BLOCK = 2u; // queries a thread answers

@compute @workgroup_size(16)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let index = (group.y * groups.x + group.x) * 16u + local;
  let head = index % dims.heads;
  let t0 = index / dims.heads * BLOCK;
  if (t0 >= dims.tokens) { return; }
  let kvHead = head * dims.kvHeads / dims.heads;
  let pitch = dims.kvHeads * HEAD;
  var rq: array<V, BLOCK * HEAD>; // registers narrow
  var ro: array<V, BLOCK * HEAD>; // registers narrow
  var begin: array<u32, BLOCK>; // registers
  var peak: array<f32, BLOCK>; // registers
  var mass: array<f32, BLOCK>; // registers
  for (var r = 0u; r < BLOCK; r++) { // unroll
    let t = min(t0 + r, dims.tokens - 1u);
    begin[r] = firstSeen(t);
    peak[r] = -1e30;
    for (var d = 0u; d < HEAD; d++) { // unroll narrow
      rq[r * HEAD + d] = q[(t * dims.heads + head) * HEAD + d] * dims.scale;
    }
  }
  let last = min(t0 + BLOCK, dims.tokens);
  for (var j = begin[0]; j < last; j++) {
    let row = j * pitch + kvHead * HEAD;
    var products: array<V, BLOCK>; // registers
    var share: array<f32, BLOCK>; // registers
    var keep: array<f32, BLOCK>; // registers
    for (var r = 0u; r < BLOCK; r++) { // unroll
      products[r] = V(0.0);
    }
    for (var d = 0u; d < HEAD; d++) { // unroll narrow
      let key = k[row + d];
      for (var r = 0u; r < BLOCK; r++) { // unroll
        products[r] += rq[r * HEAD + d] * key;
      }
    }
    for (var r = 0u; r < BLOCK; r++) { // unroll
      let visible = j >= begin[r] && j <= t0 + r;
      var score = total(products[r]);
      score = dims.cap * tanh(clamp(score / dims.cap, -15.0, 15.0)); // when CAPPED
      score = select(-1e30, score, visible);
      let high = max(peak[r], score);
      keep[r] = exp(peak[r] - high);
      share[r] = select(0.0, exp(score - high), visible);
      mass[r] = mass[r] * keep[r] + share[r];
      peak[r] = high;
    }
    for (var d = 0u; d < HEAD; d++) { // unroll narrow
      let value = v[row + d];
      for (var r = 0u; r < BLOCK; r++) { // unroll
        ro[r * HEAD + d] = ro[r * HEAD + d] * keep[r] + value * share[r];
      }
    }
  }
  for (var r = 0u; r < BLOCK; r++) { // unroll
    if (t0 + r < dims.tokens) {
      let row = (t0 + r) * dims.heads + head;
      stats[2u * row] = peak[r] + log(mass[r]);
      for (var d = 0u; d < HEAD; d++) { // unroll narrow
        out[row * HEAD + d] = ro[r * HEAD + d] / mass[r];
      }
    }
  }
}
