enable subgroups;
// dK and dV; a quad owns BLOCK consecutive keys of one key head, each lane a quarter of its width, and walks over the later queries of
// their documents, one query head of the group after the other: no atomics, and the sums are always taken in the same order.
// include attention
@group(0) @binding(1) var<storage, read> q: array<vec4f>; // when BUFFERED
@group(0) @binding(1) var q: texture_2d<f32>; // when SAMPLED
@group(0) @binding(2) var<storage, read> k: array<vec4f>; // [tokens, kvHeads, WIDTH]
@group(0) @binding(3) var<storage, read> v: array<vec4f>;
@group(0) @binding(5) var<storage, read> stats: array<f32>; // [tokens, heads, (lse, delta)]
@group(0) @binding(7) var<storage, read> dOut: array<vec4f>; // when BUFFERED
@group(0) @binding(7) var dOut: texture_2d<f32>; // when SAMPLED
@group(0) @binding(6) var nearest: sampler; // when SAMPLED
@group(0) @binding(8) var<storage, read_write> dk: array<vec4f>;
@group(0) @binding(9) var<storage, read_write> dv: array<vec4f>;

// include attention_quads
var<workgroup> meeting: array<vec2f, 2u * SCORES * LANES>; // when SHARED

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
    @builtin(local_invocation_index) local: u32, @builtin(subgroup_invocation_id) subgroupLane: u32) {
  // include attention_place with heads = kvHeads, head = kvHead, t0 = j0
  let queriesPerKey = dims.heads / dims.kvHeads;
  var rk: array<vec4f, BLOCK * PART>; // values
  var rv: array<vec4f, BLOCK * PART>; // values
  for (var r = 0u; r < BLOCK; r++) { // unroll
    for (var d = 0u; d < PART; d++) { // unroll
      rk[r * PART + d] = k[(min(j0 + r, dims.tokens - 1u) * dims.kvHeads + kvHead) * WIDTH + part + d] * dims.scale;
      rv[r * PART + d] = v[(min(j0 + r, dims.tokens - 1u) * dims.kvHeads + kvHead) * WIDTH + part + d];
    }
  }
  var sumK: array<vec4f, BLOCK * PART>; // registers
  var sumV: array<vec4f, BLOCK * PART>; // registers
  let end = min(spans[2u * min(j0 + BLOCK - 1u, dims.tokens - 1u) + 1u], j0 + BLOCK - 1u + dims.window);
  for (var h = 0u; h < queriesPerKey; h++) {
    let head = kvHead * queriesPerKey + h;
    var x: array<f32, PART>; // values // when SAMPLED
    for (var d = 0u; d < PART; d++) { // unroll
      x[d] = (f32(head * WIDTH + part + d) + 0.5) * dims.texelX; // when SAMPLED
    }
    for (var i = j0; i < end; i += KEYS) {
      var score: array<f32, SCORES>; // registers
      var rise: array<f32, SCORES>; // registers
      var share: array<f32, SCORES>; // registers
      var push: array<f32, SCORES>; // registers
      var query: array<vec4f, KEYS * PART>; // values
      var turn: array<vec4f, KEYS * PART>; // values
      for (var u = 0u; u < KEYS; u++) { // unroll
        for (var d = 0u; d < PART; d++) { // unroll
          query[u * PART + d] = q[(min(i + u, dims.tokens - 1u) * dims.heads + head) * WIDTH + part + d]; // when BUFFERED
          turn[u * PART + d] = dOut[(min(i + u, dims.tokens - 1u) * dims.heads + head) * WIDTH + part + d]; // when BUFFERED
          query[u * PART + d] = textureSampleLevel(q, nearest, vec2f(x[d], (f32(i + u) + 0.5) * dims.texelY), 0.0); // when SAMPLED
          turn[u * PART + d] = textureSampleLevel(dOut, nearest, vec2f(x[d], (f32(i + u) + 0.5) * dims.texelY), 0.0); // when SAMPLED
        }
      }
      for (var u = 0u; u < KEYS; u++) { // unroll
        for (var b = 0u; b < BLOCK / 4u; b++) { // unroll
          var product: array<f32, 4>; // registers
          var slope: array<f32, 4>; // registers
          for (var r = 0u; r < 4u; r++) { // unroll
            product[r] = 0.0;
            slope[r] = 0.0;
            for (var d = 0u; d < PART; d++) { // unroll
              product[r] += dot(query[u * PART + d], rk[(4u * b + r) * PART + d]);
              slope[r] += dot(turn[u * PART + d], rv[(4u * b + r) * PART + d]);
            }
          }
          score[b * KEYS + u] = ownSum(product[0], product[1], product[2], product[3], lane);
          rise[b * KEYS + u] = ownSum(slope[0], slope[1], slope[2], slope[3], lane);
        }
      }
      // include attention_meet
      for (var u = 0u; u < KEYS; u++) { // unroll
        let t = min(i + u, dims.tokens - 1u);
        let begin = firstSeen(t);
        let lse = stats[2u * (t * dims.heads + head)];
        let delta = stats[2u * (t * dims.heads + head) + 1u];
        for (var b = 0u; b < BLOCK / 4u; b++) { // unroll
          var bent = score[b * KEYS + u];
          var slope = rise[b * KEYS + u] - delta;
          let curve = tanh(clamp(bent / dims.cap, -15.0, 15.0)); // when CAPPED
          bent = dims.cap * curve; // when CAPPED
          slope *= 1.0 - curve * curve; // when CAPPED
          let own = j0 + 4u * b + lane;
          let visible = own <= i + u && begin <= own && i + u < end;
          share[b * KEYS + u] = select(0.0, exp(bent - lse), visible);
          push[b * KEYS + u] = share[b * KEYS + u] * slope * dims.scale;
        }
      }
      for (var b = 0u; b < BLOCK / 4u; b++) { // unroll
        for (var r = 0u; r < 4u; r++) { // unroll
          var pushed: array<f32, KEYS>; // values
          var shares: array<f32, KEYS>; // values
          for (var u = 0u; u < KEYS; u++) { // unroll
            pushed[u] = quadBroadcast(push[b * KEYS + u], r);
            shares[u] = quadBroadcast(share[b * KEYS + u], r);
          }
          for (var d = 0u; d < PART; d++) { // unroll
            var moreK = sumK[(4u * b + r) * PART + d];
            var moreV = sumV[(4u * b + r) * PART + d];
            for (var u = 0u; u < KEYS; u++) { // unroll
              moreK += query[u * PART + d] * pushed[u];
              moreV += turn[u * PART + d] * shares[u];
            }
            sumK[(4u * b + r) * PART + d] = moreK;
            sumV[(4u * b + r) * PART + d] = moreV;
          }
        }
      }
    }
  }
  for (var r = 0u; r < BLOCK; r++) { // unroll
    for (var d = 0u; d < PART; d++) { // unroll
      if (wanted == kvHead && j0 + r < dims.tokens) {
        dk[((j0 + r) * dims.kvHeads + kvHead) * WIDTH + part + d] = sumK[r * PART + d];
        dv[((j0 + r) * dims.kvHeads + kvHead) * WIDTH + part + d] = sumV[r * PART + d];
      }
    }
  }
}
