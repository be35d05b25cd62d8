enable subgroups;
// dQ from the saved log-sum-exp, and for the keys' kernel delta = Σ dOut·out of each query; lanes and, SHARED, quads share a head's width
// and a block of queries as in attention_split_forward.
// include attention
@group(0) @binding(1) var<storage, read> q: array<vec4f>; // [tokens, heads, WIDTH]
@group(0) @binding(2) var<storage, read> k: array<vec4f>; // when BUFFERED
@group(0) @binding(3) var<storage, read> v: array<vec4f>; // when BUFFERED
@group(0) @binding(2) var k: texture_2d<f32>; // when SAMPLED
@group(0) @binding(3) var v: texture_2d<f32>; // when SAMPLED
@group(0) @binding(6) var nearest: sampler; // when SAMPLED
@group(0) @binding(5) var<storage, read> out: array<vec4f>;
@group(0) @binding(7) var<storage, read> dOut: array<vec4f>;
@group(0) @binding(8) var<storage, read_write> dq: array<vec4f>;
@group(0) @binding(9) var<storage, read_write> stats: array<f32>; // [tokens, heads, (lse, delta)]

// include attention_quads
var<workgroup> meeting: array<vec2f, 2u * SCORES * LANES>; // when SHARED

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
  var rd: array<vec4f, BLOCK * PART>; // values
  for (var r = 0u; r < BLOCK; r++) { // unroll
    for (var d = 0u; d < PART; d++) { // unroll
      rq[r * PART + d] = q[(min(t0 + r, dims.tokens - 1u) * dims.heads + head) * WIDTH + part + d] * dims.scale;
      rd[r * PART + d] = dOut[(min(t0 + r, dims.tokens - 1u) * dims.heads + head) * WIDTH + part + d];
    }
  }
  var sum: array<vec4f, BLOCK * PART>; // registers
  // Of the lane's own queries, t0 + lane and every fourth after it.
  var begin: array<u32, BLOCK / 4u>; // values
  var lse: array<f32, BLOCK / 4u>; // values
  var delta: array<f32, BLOCK / 4u>; // registers
  for (var b = 0u; b < BLOCK / 4u; b++) { // unroll
    begin[b] = firstSeen(min(t0 + 4u * b + lane, dims.tokens - 1u));
    lse[b] = stats[2u * (min(t0 + 4u * b + lane, dims.tokens - 1u) * dims.heads + head)];
  }
  for (var b = 0u; b < BLOCK / 4u; b++) { // unroll
    var product: array<f32, 4>; // registers
    for (var r = 0u; r < 4u; r++) { // unroll
      product[r] = 0.0;
      for (var d = 0u; d < PART; d++) { // unroll
        product[r] += dot(rd[(4u * b + r) * PART + d], out[(min(t0 + 4u * b + r, dims.tokens - 1u) * dims.heads + head) * WIDTH + part + d]);
      }
    }
    delta[b] = ownSum(product[0], product[1], product[2], product[3], lane);
    meeting[b * LANES + place].x = delta[b]; // when SHARED
  }
  workgroupBarrier(); // when SHARED
  side = 1u; // when SHARED
  for (var b = 0u; b < BLOCK / 4u; b++) { // unroll
    delta[b] = 0.0; // when SHARED
    for (var s = 0u; s < SHARES; s++) { // unroll // when SHARED
      delta[b] += meeting[b * LANES + first + 4u * s].x; // when SHARED
    } // when SHARED
    if (wanted == head && t0 + 4u * b + lane < dims.tokens) {
      stats[2u * ((t0 + 4u * b + lane) * dims.heads + head) + 1u] = delta[b];
    }
  }
  let last = min(t0 + BLOCK, dims.tokens);
  for (var j = firstSeen(t0); j < last; j += KEYS) {
    var score: array<f32, SCORES>; // registers
    var rise: array<f32, SCORES>; // registers
    var push: array<f32, SCORES>; // registers
    var key: array<vec4f, KEYS * PART>; // values
    for (var u = 0u; u < KEYS; u++) { // unroll
      for (var d = 0u; d < PART; d++) { // unroll
        key[u * PART + d] = k[min(j + u, dims.tokens - 1u) * pitch + column + d]; // when BUFFERED
        key[u * PART + d] = textureSampleLevel(k, nearest, vec2f(x[d], (f32(j + u) + 0.5) * dims.texelY), 0.0); // when SAMPLED
      }
    }
    for (var u = 0u; u < KEYS; u++) { // unroll
      var value: array<vec4f, PART>; // values
      for (var d = 0u; d < PART; d++) { // unroll
        value[d] = v[min(j + u, dims.tokens - 1u) * pitch + column + d]; // when BUFFERED
        value[d] = textureSampleLevel(v, nearest, vec2f(x[d], (f32(j + u) + 0.5) * dims.texelY), 0.0); // when SAMPLED
      }
      for (var b = 0u; b < BLOCK / 4u; b++) { // unroll
        var product: array<f32, 4>; // registers
        var slope: array<f32, 4>; // registers
        for (var r = 0u; r < 4u; r++) { // unroll
          product[r] = 0.0;
          slope[r] = 0.0;
          for (var d = 0u; d < PART; d++) { // unroll
            product[r] += dot(rq[(4u * b + r) * PART + d], key[u * PART + d]);
            slope[r] += dot(rd[(4u * b + r) * PART + d], value[d]);
          }
        }
        score[b * KEYS + u] = ownSum(product[0], product[1], product[2], product[3], lane);
        rise[b * KEYS + u] = ownSum(slope[0], slope[1], slope[2], slope[3], lane);
      }
    }
    // include attention_meet
    for (var u = 0u; u < KEYS; u++) { // unroll
      for (var b = 0u; b < BLOCK / 4u; b++) { // unroll
        var own = score[b * KEYS + u];
        var slope = rise[b * KEYS + u] - delta[b];
        let bent = tanh(clamp(own / dims.cap, -15.0, 15.0)); // when CAPPED
        own = dims.cap * bent; // when CAPPED
        slope *= 1.0 - bent * bent; // when CAPPED
        let visible = j + u >= begin[b] && j + u <= t0 + 4u * b + lane;
        push[b * KEYS + u] = select(0.0, exp(own - lse[b]) * slope * dims.scale, visible);
      }
    }
    for (var b = 0u; b < BLOCK / 4u; b++) { // unroll
      for (var r = 0u; r < 4u; r++) { // unroll
        var weight: array<f32, KEYS>; // values
        for (var u = 0u; u < KEYS; u++) { // unroll
          weight[u] = quadBroadcast(push[b * KEYS + u], r);
        }
        for (var d = 0u; d < PART; d++) { // unroll
          var more = sum[(4u * b + r) * PART + d];
          for (var u = 0u; u < KEYS; u++) { // unroll
            more += key[u * PART + d] * weight[u];
          }
          sum[(4u * b + r) * PART + d] = more;
        }
      }
    }
  }
  for (var r = 0u; r < BLOCK; r++) { // unroll
    for (var d = 0u; d < PART; d++) { // unroll
      if (wanted == head && t0 + r < dims.tokens) {
        dq[((t0 + r) * dims.heads + head) * WIDTH + part + d] = sum[r * PART + d];
      }
    }
  }
}
