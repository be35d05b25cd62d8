enable subgroups;
// Causal attention as in attention_forward, for adapters with quads: the four lanes of a quad share BLOCK consecutive queries of one
// head and hold a quarter of its width each, so nothing is loaded twice and wide heads fit in registers. A score is added up inside
// the quad in such a way that each lane ends with the scores of its own queries; each exponential is taken once.
// A workgroup is some heads of the same queries: its loop has the same bounds for all lanes. SHARED: several quads have a part of a wide
// head each and add up their parts of a score in workgroup memory, whose halves take turns, so that one barrier an iteration is enough.
// include attention
@group(0) @binding(1) var<storage, read> q: array<vec4f>; // [tokens, heads, WIDTH]
@group(0) @binding(2) var<storage, read> k: array<vec4f>; // when BUFFERED
@group(0) @binding(3) var<storage, read> v: array<vec4f>; // when BUFFERED
@group(0) @binding(2) var k: texture_2d<f32>; // when SAMPLED
@group(0) @binding(3) var v: texture_2d<f32>; // when SAMPLED
@group(0) @binding(6) var nearest: sampler; // when SAMPLED
@group(0) @binding(5) var<storage, read_write> out: array<vec4f>; // [tokens, heads, WIDTH]
@group(0) @binding(7) var<storage, read_write> stats: array<f32>; // [tokens, heads, (log-sum-exp, for the gradient)]

// include attention_quads
var<workgroup> meeting: array<f32, 2u * SCORES * LANES>; // when SHARED

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
    @builtin(local_invocation_index) local: u32, @builtin(subgroup_invocation_id) subgroupLane: u32) {
  // include attention_place
  let pitch = dims.kvHeads * WIDTH; // when BUFFERED
  let column = head * dims.kvHeads / dims.heads * WIDTH + part;
  var x: array<f32, PART>; // values // when SAMPLED
  for (var d = 0u; d < PART; d++) { // unroll
    x[d] = (f32(column + d) + 0.5) * dims.texelX; // when SAMPLED
  }
  var rq: array<vec4f, BLOCK * PART>; // values
  for (var r = 0u; r < BLOCK; r++) { // unroll
    for (var d = 0u; d < PART; d++) { // unroll
      rq[r * PART + d] = q[(min(t0 + r, dims.tokens - 1u) * dims.heads + head) * WIDTH + part + d] * dims.scale;
    }
  }
  var ro: array<vec4f, BLOCK * PART>; // registers
  // Of the lane's own queries, t0 + lane and every fourth after it.
  var begin: array<u32, BLOCK / 4u>; // values
  var peak: array<f32, BLOCK / 4u>; // registers
  var mass: array<f32, BLOCK / 4u>; // registers
  for (var b = 0u; b < BLOCK / 4u; b++) { // unroll
    begin[b] = firstSeen(min(t0 + 4u * b + lane, dims.tokens - 1u));
    peak[b] = -1e30;
  }
  let last = min(t0 + BLOCK, dims.tokens);
  for (var j = firstSeen(t0); j < last; j += KEYS) {
    var score: array<f32, BLOCK / 4u * KEYS>; // registers
    for (var u = 0u; u < KEYS; u++) { // unroll
      var key: array<vec4f, PART>; // values
      for (var d = 0u; d < PART; d++) { // unroll
        key[d] = k[min(j + u, dims.tokens - 1u) * pitch + column + d]; // when BUFFERED
        key[d] = textureSampleLevel(k, nearest, vec2f(x[d], (f32(j + u) + 0.5) * dims.texelY), 0.0); // when SAMPLED
      }
      for (var b = 0u; b < BLOCK / 4u; b++) { // unroll
        var product: array<f32, 4>; // registers
        for (var r = 0u; r < 4u; r++) { // unroll
          product[r] = 0.0;
          for (var d = 0u; d < PART; d++) { // unroll
            product[r] += dot(rq[(4u * b + r) * PART + d], key[d]);
          }
        }
        score[b * KEYS + u] = ownSum(product[0], product[1], product[2], product[3], lane);
      }
    }
    for (var i = 0u; i < SCORES; i++) { // unroll // when SHARED
      meeting[(side * SCORES + i) * LANES + place] = score[i]; // when SHARED
    } // when SHARED
    workgroupBarrier(); // when SHARED
    for (var i = 0u; i < SCORES; i++) { // unroll // when SHARED
      score[i] = 0.0; // when SHARED
      for (var s = 0u; s < SHARES; s++) { // unroll // when SHARED
        score[i] += meeting[(side * SCORES + i) * LANES + first + 4u * s]; // when SHARED
      } // when SHARED
    } // when SHARED
    side = 1u - side; // when SHARED
    var keep: array<f32, BLOCK / 4u>; // registers
    var share: array<f32, BLOCK / 4u * KEYS>; // registers
    for (var b = 0u; b < BLOCK / 4u; b++) { // unroll
      let t = t0 + 4u * b + lane;
      var bent: array<f32, KEYS>; // registers
      var high = peak[b];
      for (var u = 0u; u < KEYS; u++) { // unroll
        bent[u] = score[b * KEYS + u];
        bent[u] = dims.cap * tanh(clamp(bent[u] / dims.cap, -15.0, 15.0)); // when CAPPED
        bent[u] = select(-1e30, bent[u], j + u >= begin[b] && j + u <= t);
        high = max(high, bent[u]);
      }
      keep[b] = exp(peak[b] - high);
      mass[b] = mass[b] * keep[b];
      for (var u = 0u; u < KEYS; u++) { // unroll
        share[b * KEYS + u] = select(0.0, exp(bent[u] - high), bent[u] > -1e30);
        mass[b] += share[b * KEYS + u];
      }
      peak[b] = high;
    }
    var value: array<vec4f, KEYS * PART>; // values
    for (var u = 0u; u < KEYS; u++) { // unroll
      for (var d = 0u; d < PART; d++) { // unroll
        value[u * PART + d] = v[min(j + u, dims.tokens - 1u) * pitch + column + d]; // when BUFFERED
        value[u * PART + d] = textureSampleLevel(v, nearest, vec2f(x[d], (f32(j + u) + 0.5) * dims.texelY), 0.0); // when SAMPLED
      }
    }
    for (var b = 0u; b < BLOCK / 4u; b++) { // unroll
      for (var r = 0u; r < 4u; r++) { // unroll
        let kept = quadBroadcast(keep[b], r);
        var weight: array<f32, KEYS>; // values
        for (var u = 0u; u < KEYS; u++) { // unroll
          weight[u] = quadBroadcast(share[b * KEYS + u], r);
        }
        for (var d = 0u; d < PART; d++) { // unroll
          var sum = ro[(4u * b + r) * PART + d] * kept;
          for (var u = 0u; u < KEYS; u++) { // unroll
            sum += value[u * PART + d] * weight[u];
          }
          ro[(4u * b + r) * PART + d] = sum;
        }
      }
    }
  }
  for (var b = 0u; b < BLOCK / 4u; b++) { // unroll
    if (wanted == head && t0 + 4u * b + lane < dims.tokens) {
      stats[2u * ((t0 + 4u * b + lane) * dims.heads + head)] = peak[b] + log(mass[b]);
    }
    for (var r = 0u; r < 4u; r++) { // unroll
      let whole = quadBroadcast(mass[b], r);
      for (var d = 0u; d < PART; d++) { // unroll
        if (wanted == head && t0 + 4u * b + r < dims.tokens) {
          out[((t0 + 4u * b + r) * dims.heads + head) * WIDTH + part + d] = ro[(4u * b + r) * PART + d] / whole;
        }
      }
    }
  }
}
