enable subgroups;
// C (+)= A·Bᵀ: A [m, k], B [n, k], k the inner index of both.
// A quad of four lanes owns a (4·MI)×(4·NJ) tile of C. Each lane loads MI rows of A and NJ columns of B of its own; exchanging B
// inside the quad gives every product without loading anything twice: no workgroup memory, no barrier. Made for adapters where
// a load costs far more than a multiply (software adapters); sizes must be multiples of four. Each sum is touched once an
// iteration, for there a variable that lives across iterations costs as much as the multiplications.
struct Dims { m: u32, n: u32, k: u32, tilesN: u32, tiles: u32,
  scale: f32, // when SCALE
};
@group(0) @binding(0) var<uniform> dims: Dims;
@group(0) @binding(1) var<storage, read> a: array<vec4f>;
@group(0) @binding(2) var<storage, read> b: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> c: array<vec4f>;
@group(0) @binding(4) var<storage, read> bias: array<vec4f>; // when BIAS
@group(0) @binding(5) var<storage, read> residual: array<vec4f>; // when RESIDUAL

const MI = 4u; // rows of C a lane owns
const NJ = 4u; // columns of B a lane loads
const STEP = 2u; // vectors of the inner index an iteration takes: 2 with PAIR, else 1
const WORKGROUP = 8u;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
    @builtin(local_invocation_index) local: u32, @builtin(subgroup_invocation_id) subgroupLane: u32) {
  let lane = subgroupLane % 4u;
  let linear = (group.y * groups.x + group.x) * (WORKGROUP / 4u) + local / 4u;
  let tile = min(linear, dims.tiles - 1u);
  let m0 = (tile / dims.tilesN) * (4u * MI) + lane * MI;
  let n0 = (tile % dims.tilesN) * (4u * NJ);
  let k4 = dims.k / 4u;
  var acc: array<f32, 4u * MI * NJ>; // registers
  for (var k = 0u; k < k4; k += STEP) {
    var ra: array<vec4f, 2u * MI>; // values
    var rb: array<vec4f, 2u * NJ>; // values
    for (var i = 0u; i < MI; i++) { // unroll
      ra[i] = a[min(m0 + i, dims.m - 1u) * k4 + k];
      ra[MI + i] = a[min(m0 + i, dims.m - 1u) * k4 + k + 1u]; // when PAIR
    }
    for (var j = 0u; j < NJ; j++) { // unroll
      rb[j] = b[min(n0 + lane * NJ + j, dims.n - 1u) * k4 + k];
      rb[NJ + j] = b[min(n0 + lane * NJ + j, dims.n - 1u) * k4 + k + 1u]; // when PAIR
    }
    for (var i = 0u; i < MI; i++) { // unroll
      for (var j = 0u; j < NJ; j++) { // unroll
        acc[0u * MI * NJ + i * NJ + j] += dot(ra[i], rb[j])
          + dot(ra[MI + i], rb[NJ + j]) // when PAIR
        ;
      }
    }
    var rs1: array<vec4f, 2u * NJ>; // values
    for (var j = 0u; j < STEP * NJ; j++) { // unroll
      rs1[j] = quadSwapX(rb[j]);
    }
    for (var i = 0u; i < MI; i++) { // unroll
      for (var j = 0u; j < NJ; j++) { // unroll
        acc[1u * MI * NJ + i * NJ + j] += dot(ra[i], rs1[j])
          + dot(ra[MI + i], rs1[NJ + j]) // when PAIR
        ;
      }
    }
    var rs2: array<vec4f, 2u * NJ>; // values
    for (var j = 0u; j < STEP * NJ; j++) { // unroll
      rs2[j] = quadSwapY(rb[j]);
    }
    for (var i = 0u; i < MI; i++) { // unroll
      for (var j = 0u; j < NJ; j++) { // unroll
        acc[2u * MI * NJ + i * NJ + j] += dot(ra[i], rs2[j])
          + dot(ra[MI + i], rs2[NJ + j]) // when PAIR
        ;
      }
    }
    var rs3: array<vec4f, 2u * NJ>; // values
    for (var j = 0u; j < STEP * NJ; j++) { // unroll
      rs3[j] = quadSwapDiagonal(rb[j]);
    }
    for (var i = 0u; i < MI; i++) { // unroll
      for (var j = 0u; j < NJ; j++) { // unroll
        acc[3u * MI * NJ + i * NJ + j] += dot(ra[i], rs3[j])
          + dot(ra[MI + i], rs3[NJ + j]) // when PAIR
        ;
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
          value += bias[column]; // when BIAS
          value += residual[at]; // when RESIDUAL
          c[at] = value;
        }
      }
    }
  }
}
