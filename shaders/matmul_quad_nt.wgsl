enable subgroups;
// C (+)= A·Bᵀ: A [m, k], B [n, k], k the inner index of both.
// A quad of four lanes owns a (4·MI)×(4·NJ) tile of C. Each lane loads MI rows of A and NJ columns of B of its own; exchanging B
// inside the quad gives every product without loading anything twice: no workgroup memory, no barrier. Made for adapters where
// a load costs far more than a multiply (software adapters); sizes must be multiples of four.
struct Dims { m: u32, n: u32, k: u32, tilesN: u32, tiles: u32 };
@group(0) @binding(0) var<uniform> dims: Dims;
@group(0) @binding(1) var<storage, read> a: array<vec4f>;
@group(0) @binding(2) var<storage, read> b: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> c: array<vec4f>;
@group(0) @binding(4) var<storage, read> bias: array<vec4f>; // when BIAS
@group(0) @binding(5) var<storage, read> residual: array<vec4f>; // when RESIDUAL

const MI = 4u; // rows of C a lane owns
const NJ = 4u; // columns of B a lane loads
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
  for (var k = 0u; k < k4; k++) {
    var ra: array<vec4f, MI>; // registers
    var rb: array<vec4f, NJ>; // registers
    var rs: array<vec4f, NJ>; // registers
    for (var i = 0u; i < MI; i++) { // unroll
      ra[i] = a[min(m0 + i, dims.m - 1u) * k4 + k];
    }
    for (var j = 0u; j < NJ; j++) { // unroll
      rb[j] = b[min(n0 + lane * NJ + j, dims.n - 1u) * k4 + k];
    }
    for (var j = 0u; j < NJ; j++) { // unroll
      rs[j] = rb[j];
    }
    for (var i = 0u; i < MI; i++) { // unroll
      for (var j = 0u; j < NJ; j++) { // unroll
        acc[0u * MI * NJ + i * NJ + j] += dot(ra[i], rs[j]);
      }
    }
    for (var j = 0u; j < NJ; j++) { // unroll
      rs[j] = quadSwapX(rb[j]);
    }
    for (var i = 0u; i < MI; i++) { // unroll
      for (var j = 0u; j < NJ; j++) { // unroll
        acc[1u * MI * NJ + i * NJ + j] += dot(ra[i], rs[j]);
      }
    }
    for (var j = 0u; j < NJ; j++) { // unroll
      rs[j] = quadSwapY(rb[j]);
    }
    for (var i = 0u; i < MI; i++) { // unroll
      for (var j = 0u; j < NJ; j++) { // unroll
        acc[2u * MI * NJ + i * NJ + j] += dot(ra[i], rs[j]);
      }
    }
    for (var j = 0u; j < NJ; j++) { // unroll
      rs[j] = quadSwapDiagonal(rb[j]);
    }
    for (var i = 0u; i < MI; i++) { // unroll
      for (var j = 0u; j < NJ; j++) { // unroll
        acc[3u * MI * NJ + i * NJ + j] += dot(ra[i], rs[j]);
      }
    }
  }
  if (linear >= dims.tiles) { return; }
  let n4 = dims.n / 4u;
  for (var s = 0u; s < 4u; s++) { // unroll
    for (var i = 0u; i < MI; i++) { // unroll
      for (var v = 0u; v < NJ / 4u; v++) { // unroll
        let row = m0 + i;
        let column = (n0 + (lane ^ s) * NJ) / 4u + v;
        if (row < dims.m && column < n4) {
          let at = row * n4 + column;
          var value = vec4f(acc[s * MI * NJ + i * NJ + v * 4u], acc[s * MI * NJ + i * NJ + v * 4u + 1u], acc[s * MI * NJ + i * NJ + v * 4u + 2u], acc[s * MI * NJ + i * NJ + v * 4u + 3u]);
          value += c[at]; // when ACCUMULATE
          value += bias[column]; // when BIAS
          value += residual[at]; // when RESIDUAL
          c[at] = value;
        }
      }
    }
  }
}
