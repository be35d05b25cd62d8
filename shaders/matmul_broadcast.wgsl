// C (+)= A·B for any layout and any size: strides as in matmul_tiled. A subgroup has ROWS rows of C and COLUMNS columns a lane; its lanes load the
// next numbers of a row of A together, one each, and pass them to each other by broadcasts: no workgroup memory, no barrier.
enable subgroups;
// include matmul_strided with B = f32

const ROWS = 8u;
const COLUMNS = 2u;
const SUBGROUP = 32u;
const WORKGROUP = 64u;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) local: u32, @builtin(subgroup_invocation_id) lane: u32) {
  let m0 = (group.y * (WORKGROUP / SUBGROUP) + local / SUBGROUP) * ROWS;
  let n0 = group.x * SUBGROUP * COLUMNS + lane;
  var acc: array<f32, ROWS * COLUMNS>; // registers
  for (var k = 0u; k < dims.k; k += SUBGROUP) {
    var ra: array<f32, ROWS>; // values
    for (var i = 0u; i < ROWS; i++) { // unroll
      ra[i] = select(0.0, a[min(m0 + i, dims.m - 1u) * dims.strideAm + min(k + lane, dims.k - 1u) * dims.strideAk], k + lane < dims.k);
    }
    for (var p = 0u; p < SUBGROUP; p++) { // unroll
      var rb: array<f32, COLUMNS>; // values
      for (var j = 0u; j < COLUMNS; j++) { // unroll
        rb[j] = b[min(k + p, dims.k - 1u) * dims.strideBk + min(n0 + j * SUBGROUP, dims.n - 1u) * dims.strideBn];
      }
      for (var i = 0u; i < ROWS; i++) { // unroll
        let one = subgroupBroadcast(ra[i], p);
        for (var j = 0u; j < COLUMNS; j++) { // unroll
          acc[i * COLUMNS + j] += one * rb[j];
        }
      }
    }
  }
  for (var i = 0u; i < ROWS; i++) { // unroll
    for (var j = 0u; j < COLUMNS; j++) { // unroll
      let row = m0 + i;
      let column = n0 + j * SUBGROUP;
      if (row < dims.m && column < dims.n) {
        let at = row * dims.n + column;
        put(at, column, acc[i * COLUMNS + j]);
      }
    }
  }
}
