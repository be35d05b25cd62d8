// dQ from the saved log-sum-exp: probabilities are computed again, never stored. Blocks of queries as in the forward kernel.
// Leaves delta = Σ dOut·out of each query for the keys' kernel.
// include attention
@group(0) @binding(1) var<storage, read> q: array<V>; // [tokens, heads, HEAD]
@group(0) @binding(2) var<storage, read> k: array<V>; // [tokens, kvHeads, HEAD]
@group(0) @binding(3) var<storage, read> v: array<V>;
@group(0) @binding(5) var<storage, read> out: array<V>;
@group(0) @binding(7) var<storage, read> dOut: array<V>;
@group(0) @binding(8) var<storage, read_write> dq: array<V>;
@group(0) @binding(9) var<storage, read_write> stats: array<f32>; // [tokens, heads, (lse, delta)]

// include vectors
const HEAD = 4u;
const BLOCK = 2u;

@compute @workgroup_size(16)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let index = (group.y * groups.x + group.x) * 16u + local;
  let head = index % dims.heads;
  let t0 = index / dims.heads * BLOCK;
  if (t0 >= dims.tokens) { return; }
  let kvHead = head * dims.kvHeads / dims.heads;
  let pitch = dims.kvHeads * HEAD;
  var rq: array<V, BLOCK * HEAD>; // registers narrow
  var rd: array<V, BLOCK * HEAD>; // registers narrow
  var sum: array<V, BLOCK * HEAD>; // registers narrow
  var begin: array<u32, BLOCK>; // registers
  var lse: array<f32, BLOCK>; // registers
  var delta: array<f32, BLOCK>; // registers
  for (var r = 0u; r < BLOCK; r++) { // unroll
    let t = min(t0 + r, dims.tokens - 1u);
    let row = t * dims.heads + head;
    begin[r] = firstSeen(t);
    lse[r] = stats[2u * row];
    var products = V(0.0);
    for (var d = 0u; d < HEAD; d++) { // unroll narrow
      rq[r * HEAD + d] = q[row * HEAD + d] * dims.scale;
      rd[r * HEAD + d] = dOut[row * HEAD + d];
      products += rd[r * HEAD + d] * out[row * HEAD + d];
    }
    delta[r] = total(products);
    if (t0 + r < dims.tokens) { stats[2u * row + 1u] = delta[r]; }
  }
  let last = min(t0 + BLOCK, dims.tokens);
  for (var j = begin[0]; j < last; j++) {
    let at = j * pitch + kvHead * HEAD;
    var scores: array<V, BLOCK>; // registers
    var slopes: array<V, BLOCK>; // registers
    var push: array<f32, BLOCK>; // registers
    for (var r = 0u; r < BLOCK; r++) { // unroll
      scores[r] = V(0.0);
      slopes[r] = V(0.0);
    }
    for (var d = 0u; d < HEAD; d++) { // unroll narrow
      let key = k[at + d];
      let value = v[at + d];
      for (var r = 0u; r < BLOCK; r++) { // unroll
        scores[r] += rq[r * HEAD + d] * key;
        slopes[r] += rd[r * HEAD + d] * value;
      }
    }
    for (var r = 0u; r < BLOCK; r++) { // unroll
      let visible = j >= begin[r] && j <= t0 + r;
      var score = total(scores[r]);
      var rise = total(slopes[r]) - delta[r];
      let capped = tanh(clamp(score / dims.cap, -15.0, 15.0)); // when CAPPED
      score = dims.cap * capped; // when CAPPED
      rise *= 1.0 - capped * capped; // when CAPPED
      push[r] = select(0.0, exp(score - lse[r]) * rise * dims.scale, visible);
    }
    for (var d = 0u; d < HEAD; d++) { // unroll narrow
      let key = k[at + d];
      for (var r = 0u; r < BLOCK; r++) { // unroll
        sum[r * HEAD + d] += key * push[r];
      }
    }
  }
  for (var r = 0u; r < BLOCK; r++) { // unroll
    if (t0 + r < dims.tokens) {
      let row = (t0 + r) * dims.heads + head;
      for (var d = 0u; d < HEAD; d++) { // unroll narrow
        dq[row * HEAD + d] = sum[r * HEAD + d];
      }
    }
  }
}
