enable subgroups;
// Causal attention as in attention_forward, for adapters with quads: the four lanes of a quad share BLOCK consecutive queries of one
// head and hold a quarter of its width each, so nothing is loaded twice and wide heads fit in registers. A score is added up inside
// the quad in such a way that each lane ends with the scores of its own queries; each exponential is taken once.
// A workgroup is some heads of the same queries: its loop has the same bounds for all lanes. SHARED: several quads have a part of a wide
// head each and add up their parts of a score in workgroup memory, whose halves take turns, so that one barrier an iteration is enough.
struct Dims { tokens: u32, heads: u32, kvHeads: u32, window: u32, scale: f32, cap: f32,
  texelX: f32, texelY: f32, // when SAMPLED
};
@group(0) @binding(0) var<uniform> dims: Dims;
@group(0) @binding(1) var<storage, read> q: array<vec4f>; // [tokens, heads, WIDTH]
@group(0) @binding(2) var<storage, read> k: array<vec4f>; // when BUFFERED
@group(0) @binding(3) var<storage, read> v: array<vec4f>; // when BUFFERED
@group(0) @binding(2) var k: texture_2d<f32>; // when SAMPLED
@group(0) @binding(3) var v: texture_2d<f32>; // when SAMPLED
@group(0) @binding(6) var nearest: sampler; // when SAMPLED
@group(0) @binding(4) var<storage, read> spans: array<u32>; // [tokens, (start, end)]
@group(0) @binding(5) var<storage, read_write> out: array<vec4f>; // [tokens, heads, WIDTH]
@group(0) @binding(7) var<storage, read_write> stats: array<f32>; // [tokens, heads, (log-sum-exp, for the gradient)]

const PART = 2u; // vectors of a head a lane holds
const BLOCK = 16u; // queries a quad answers: a multiple of four
const KEYS = 4u; // keys an iteration takes
const QUADS = 2u;
const SHARES = 1u; // quads that share a head's width
const WIDTH = 4u * PART * SHARES; // vectors of a head
const LANES = 4u * QUADS;
const SCORES = BLOCK / 4u * KEYS;
var<workgroup> meeting: array<f32, 2u * SCORES * LANES>; // when SHARED

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
    @builtin(local_invocation_index) local: u32, @builtin(subgroup_invocation_id) subgroupLane: u32) {
  let lane = subgroupLane % 4u;
  let even = lane % 2u == 0u;
  let low = lane < 2u;
  let index = group.y * groups.x + group.x;
  let headGroups = (dims.heads + QUADS / SHARES - 1u) / (QUADS / SHARES);
  let t0 = index / headGroups * BLOCK;
  if (t0 >= dims.tokens) { return; }
  let wanted = index % headGroups * (QUADS / SHARES) + local / 4u / SHARES;
  let head = min(wanted, dims.heads - 1u);
  let part = (local / 4u % SHARES * 4u + lane) * PART;
  let place = local / 4u * 4u + lane; // when SHARED
  let first = local / 4u / SHARES * SHARES * 4u + lane; // when SHARED
  var side = 0u; // when SHARED
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
    begin[b] = max(spans[2u * min(t0 + 4u * b + lane, dims.tokens - 1u)], t0 + 4u * b + lane - min(t0 + 4u * b + lane, dims.window - 1u));
    peak[b] = -1e30;
  }
  let last = min(t0 + BLOCK, dims.tokens);
  for (var j = max(spans[2u * t0], t0 - min(t0, dims.window - 1u)); j < last; j += KEYS) {
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
        let left = select(product[1], product[0], even) + quadSwapX(select(product[0], product[1], even));
        let right = select(product[3], product[2], even) + quadSwapX(select(product[2], product[3], even));
        score[b * KEYS + u] = select(right, left, low) + quadSwapY(select(left, right, low));
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
