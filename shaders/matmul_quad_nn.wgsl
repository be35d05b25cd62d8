enable subgroups;
enable f16; // when HALVES
// C (+)= A·B: A [m, k], B [k, n].
// A quad of four lanes owns a (4·MI)×(4·NJ) tile of C. Each lane loads MI rows of A and NJ columns of B of its own; exchanging B
// inside the quad gives every product without loading anything twice: no workgroup memory, no barrier. Made for adapters where
// a load costs far more than a multiply (software adapters); sizes must be multiples of four. Each sum is touched once an
// iteration, for there a variable that lives across iterations costs as much as the multiplications. SAMPLED: A and B come as textures,
// whose nearest sample of four floats costs such an adapter two thirds of a load; their rows may lie folded, several in one of the texture's.
struct Dims { m: u32, n: u32, k: u32, tilesN: u32, tiles: u32,
  texelAx: f32, texelAy: f32, texelBx: f32, texelBy: f32, // when SAMPLED
  scale: f32, // when SCALE
};
@group(0) @binding(0) var<uniform> dims: Dims;
@group(0) @binding(1) var<storage, read> a: array<vec4f>; // when BUFFERED
@group(0) @binding(2) var<storage, read> b: array<B>; // when BUFFERED
@group(0) @binding(1) var a: texture_2d<f32>; // when SAMPLED
@group(0) @binding(2) var b: texture_2d<f32>; // when SAMPLED
@group(0) @binding(6) var nearest: sampler; // when SAMPLED
@group(0) @binding(3) var<storage, read_write> c: array<vec4f>;

alias B = vec4f;
fn fourOf(b: B) -> vec4f {
  return b; // when PLAIN
  return vec4f(b); // when HALVES
  return vec4f(unpack2x16float(b.x), unpack2x16float(b.y)); // when F16
}

const MI = 4u; // rows of C a lane owns
const NJ = 4u; // columns of B a lane loads
const STEP = 2u; // vectors of the inner index an iteration takes: 2 with PAIR, else 1
const WORKGROUP = 8u;
const FOLD_A = 1u; // rows of A side by side in a row of its texture
const FOLD_B = 1u;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
    @builtin(local_invocation_index) local: u32, @builtin(subgroup_invocation_id) subgroupLane: u32) {
  let lane = subgroupLane % 4u;
  let linear = (group.y * groups.x + group.x) * (WORKGROUP / 4u) + local / 4u;
  let tile = min(linear, dims.tiles - 1u);
  let m0 = (tile / dims.tilesN) * (4u * MI) + lane * MI;
  let n0 = (tile % dims.tilesN) * (4u * NJ);
  let k4 = dims.k / 4u;
  let n4 = dims.n / 4u;
  let columnB = (n0 + lane * NJ) / 4u;
  var acc: array<f32, 4u * MI * NJ>; // registers
  let texelAx = dims.texelAx; // when SAMPLED
  var xa: array<f32, MI>; // values // when SAMPLED
  var ya: array<f32, MI>; // values // when SAMPLED
  for (var i = 0u; i < MI; i++) { // unroll
    xa[i] = (f32((m0 + i) % FOLD_A * k4) + 0.5) * texelAx; // when SAMPLED
    ya[i] = (f32((m0 + i) / FOLD_A) + 0.5) * dims.texelAy; // when SAMPLED
  }
  let texelBy = dims.texelBy; // when SAMPLED
  var xb: array<f32, NJ / 4u * FOLD_B>; // values // when SAMPLED
  for (var v = 0u; v < NJ / 4u; v++) { // unroll
    for (var f = 0u; f < FOLD_B; f++) { // unroll
      xb[v * FOLD_B + f] = (f32(columnB + v + f * n4) + 0.5) * dims.texelBx; // when SAMPLED
    }
  }
  for (var k = 0u; k < k4; k += STEP) {
    let kx = f32(k) * texelAx; // when SAMPLED
    let kyb = (f32(4u * k) / f32(FOLD_B) + 0.5) * texelBy; // when SAMPLED
    var ra: array<vec4f, 2u * MI>; // values
    var rb: array<vec4f, 2u * NJ>; // values
    for (var i = 0u; i < MI; i++) { // unroll
      ra[i] = a[min(m0 + i, dims.m - 1u) * k4 + k]; // when BUFFERED
      ra[MI + i] = a[min(m0 + i, dims.m - 1u) * k4 + k + 1u]; // when PAIR_BUFFERED
      ra[i] = textureSampleLevel(a, nearest, vec2f(xa[i] + kx, ya[i]), 0.0); // when SAMPLED
      ra[MI + i] = textureSampleLevel(a, nearest, vec2f(xa[i] + kx + texelAx, ya[i]), 0.0); // when PAIR_SAMPLED
    }
    for (var v = 0u; v < NJ / 4u; v++) { // unroll
      for (var r = 0u; r < 4u; r++) { // unroll
        rb[v * 4u + r] = fourOf(b[(k * 4u + r) * n4 + min(columnB + v, n4 - 1u)]); // when BUFFERED
        rb[NJ + v * 4u + r] = fourOf(b[(k * 4u + 4u + r) * n4 + min(columnB + v, n4 - 1u)]); // when PAIR_BUFFERED
        rb[v * 4u + r] = textureSampleLevel(b, nearest, vec2f(xb[v * FOLD_B + r % FOLD_B], kyb + f32(r / FOLD_B) * texelBy), 0.0); // when SAMPLED
        rb[NJ + v * 4u + r] = textureSampleLevel(b, nearest, vec2f(xb[v * FOLD_B + (4u + r) % FOLD_B], kyb + f32((4u + r) / FOLD_B) * texelBy), 0.0); // when PAIR_SAMPLED
      }
    }
    for (var i = 0u; i < MI; i++) { // unroll
      for (var v = 0u; v < NJ / 4u; v++) { // unroll
        for (var e = 0u; e < 4u; e++) { // unroll
          acc[0u * MI * NJ + i * NJ + v * 4u + e] += ra[i].x * rb[v * 4u][e] + ra[i].y * rb[v * 4u + 1u][e]
            + ra[i].z * rb[v * 4u + 2u][e] + ra[i].w * rb[v * 4u + 3u][e]
            + ra[MI + i].x * rb[NJ + v * 4u][e] + ra[MI + i].y * rb[NJ + v * 4u + 1u][e] // when PAIR
            + ra[MI + i].z * rb[NJ + v * 4u + 2u][e] + ra[MI + i].w * rb[NJ + v * 4u + 3u][e] // when PAIR
          ;
        }
      }
    }
    var rs1: array<vec4f, 2u * NJ>; // values
    for (var j = 0u; j < STEP * NJ; j++) { // unroll
      rs1[j] = quadSwapX(rb[j]);
    }
    for (var i = 0u; i < MI; i++) { // unroll
      for (var v = 0u; v < NJ / 4u; v++) { // unroll
        for (var e = 0u; e < 4u; e++) { // unroll
          acc[1u * MI * NJ + i * NJ + v * 4u + e] += ra[i].x * rs1[v * 4u][e] + ra[i].y * rs1[v * 4u + 1u][e]
            + ra[i].z * rs1[v * 4u + 2u][e] + ra[i].w * rs1[v * 4u + 3u][e]
            + ra[MI + i].x * rs1[NJ + v * 4u][e] + ra[MI + i].y * rs1[NJ + v * 4u + 1u][e] // when PAIR
            + ra[MI + i].z * rs1[NJ + v * 4u + 2u][e] + ra[MI + i].w * rs1[NJ + v * 4u + 3u][e] // when PAIR
          ;
        }
      }
    }
    var rs2: array<vec4f, 2u * NJ>; // values
    for (var j = 0u; j < STEP * NJ; j++) { // unroll
      rs2[j] = quadSwapY(rb[j]);
    }
    for (var i = 0u; i < MI; i++) { // unroll
      for (var v = 0u; v < NJ / 4u; v++) { // unroll
        for (var e = 0u; e < 4u; e++) { // unroll
          acc[2u * MI * NJ + i * NJ + v * 4u + e] += ra[i].x * rs2[v * 4u][e] + ra[i].y * rs2[v * 4u + 1u][e]
            + ra[i].z * rs2[v * 4u + 2u][e] + ra[i].w * rs2[v * 4u + 3u][e]
            + ra[MI + i].x * rs2[NJ + v * 4u][e] + ra[MI + i].y * rs2[NJ + v * 4u + 1u][e] // when PAIR
            + ra[MI + i].z * rs2[NJ + v * 4u + 2u][e] + ra[MI + i].w * rs2[NJ + v * 4u + 3u][e] // when PAIR
          ;
        }
      }
    }
    var rs3: array<vec4f, 2u * NJ>; // values
    for (var j = 0u; j < STEP * NJ; j++) { // unroll
      rs3[j] = quadSwapDiagonal(rb[j]);
    }
    for (var i = 0u; i < MI; i++) { // unroll
      for (var v = 0u; v < NJ / 4u; v++) { // unroll
        for (var e = 0u; e < 4u; e++) { // unroll
          acc[3u * MI * NJ + i * NJ + v * 4u + e] += ra[i].x * rs3[v * 4u][e] + ra[i].y * rs3[v * 4u + 1u][e]
            + ra[i].z * rs3[v * 4u + 2u][e] + ra[i].w * rs3[v * 4u + 3u][e]
            + ra[MI + i].x * rs3[NJ + v * 4u][e] + ra[MI + i].y * rs3[NJ + v * 4u + 1u][e] // when PAIR
            + ra[MI + i].z * rs3[NJ + v * 4u + 2u][e] + ra[MI + i].w * rs3[NJ + v * 4u + 3u][e] // when PAIR
          ;
        }
      }
    }
  }
  if (linear >= dims.tiles) { return; }
  let columns = dims.n / 4u;
  for (var s = 0u; s < 4u; s++) { // unroll
    for (var i = 0u; i < MI; i++) { // unroll
      for (var v = 0u; v < NJ / 4u; v++) { // unroll
        let row = m0 + i;
        let column = (n0 + (lane ^ s) * NJ) / 4u + v;
        if (row < dims.m && column < columns) {
          let at = row * columns + column;
          var value = vec4f(acc[s * MI * NJ + i * NJ + v * 4u], acc[s * MI * NJ + i * NJ + v * 4u + 1u], acc[s * MI * NJ + i * NJ + v * 4u + 2u], acc[s * MI * NJ + i * NJ + v * 4u + 3u]);
          value *= dims.scale; // when SCALE
          value += c[at]; // when ACCUMULATE
          c[at] = value;
        }
      }
    }
  }
}
