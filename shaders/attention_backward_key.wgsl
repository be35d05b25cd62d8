// dK and dV: a thread owns BLOCK consecutive keys of one key head and walks over the later queries of their documents, all query
// heads of the group in turn. Nothing is shared, so there are no atomics and the sums are always taken in the same order.
// include attention
@group(0) @binding(1) var<storage, read> q: array<V>; // [tokens, heads, HEAD]
@group(0) @binding(2) var<storage, read> k: array<V>; // [tokens, kvHeads, HEAD]
@group(0) @binding(3) var<storage, read> v: array<V>;
@group(0) @binding(5) var<storage, read> stats: array<f32>; // [tokens, heads, (lse, delta)]
@group(0) @binding(7) var<storage, read> dOut: array<V>;
@group(0) @binding(8) var<storage, read_write> dk: array<V>;
@group(0) @binding(9) var<storage, read_write> dv: array<V>;

// include vectors
const HEAD = 4u;
const BLOCK = 2u;

@compute @workgroup_size(16)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let index = (group.y * groups.x + group.x) * 16u + local;
  let kvHead = index % dims.kvHeads;
  let j0 = index / dims.kvHeads * BLOCK;
  if (j0 >= dims.tokens) { return; }
  let queriesPerKey = dims.heads / dims.kvHeads;
  var rk: array<V, BLOCK * HEAD>; // registers narrow
  var rv: array<V, BLOCK * HEAD>; // registers narrow
  var sumK: array<V, BLOCK * HEAD>; // registers narrow
  var sumV: array<V, BLOCK * HEAD>; // registers narrow
  for (var r = 0u; r < BLOCK; r++) { // unroll
    let row = min(j0 + r, dims.tokens - 1u) * dims.kvHeads + kvHead;
    for (var d = 0u; d < HEAD; d++) { // unroll narrow
      rk[r * HEAD + d] = k[row * HEAD + d] * dims.scale;
      rv[r * HEAD + d] = v[row * HEAD + d];
    }
  }
  let end = min(spans[2u * min(j0 + BLOCK - 1u, dims.tokens - 1u) + 1u], j0 + BLOCK - 1u + dims.window);
  for (var i = j0; i < end; i++) {
    let begin = firstSeen(i);
    for (var h = 0u; h < queriesPerKey; h++) {
      let row = i * dims.heads + kvHead * queriesPerKey + h;
      var scores: array<V, BLOCK>; // registers
      var slopes: array<V, BLOCK>; // registers
      var share: array<f32, BLOCK>; // registers
      var push: array<f32, BLOCK>; // registers
      for (var r = 0u; r < BLOCK; r++) { // unroll
        scores[r] = V(0.0);
        slopes[r] = V(0.0);
      }
      for (var d = 0u; d < HEAD; d++) { // unroll narrow
        let query = q[row * HEAD + d];
        let slope = dOut[row * HEAD + d];
        for (var r = 0u; r < BLOCK; r++) { // unroll
          scores[r] += query * rk[r * HEAD + d];
          slopes[r] += slope * rv[r * HEAD + d];
        }
      }
      for (var r = 0u; r < BLOCK; r++) { // unroll
        let visible = j0 + r <= i && begin <= j0 + r;
        var score = total(scores[r]);
        var rise = total(slopes[r]) - stats[2u * row + 1u];
        let capped = tanh(clamp(score / dims.cap, -15.0, 15.0)); // when CAPPED
        score = dims.cap * capped; // when CAPPED
        rise *= 1.0 - capped * capped; // when CAPPED
        share[r] = select(0.0, exp(score - stats[2u * row]), visible);
        push[r] = share[r] * rise * dims.scale;
      }
      for (var d = 0u; d < HEAD; d++) { // unroll narrow
        let query = q[row * HEAD + d];
        let slope = dOut[row * HEAD + d];
        for (var r = 0u; r < BLOCK; r++) { // unroll
          sumK[r * HEAD + d] += query * push[r];
          sumV[r * HEAD + d] += slope * share[r];
        }
      }
    }
  }
  for (var r = 0u; r < BLOCK; r++) { // unroll
    if (j0 + r < dims.tokens) {
      let row = (j0 + r) * dims.kvHeads + kvHead;
      for (var d = 0u; d < HEAD; d++) { // unroll narrow
        dk[row * HEAD + d] = sumK[r * HEAD + d];
        dv[row * HEAD + d] = sumV[r * HEAD + d];
      }
    }
  }
}
