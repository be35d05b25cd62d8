// C (+)= A·B for any layout and any size, on the matrix units of a GPU: strides and packings as in matmul_tiled. A workgroup of four subgroups has a
// 64×64 tile of C, each of them a quarter of it in fragments of HIGH×WIDE; parts of A and B lie in workgroup memory, zeros where they end, as T.
// What comes out goes through workgroup memory too, so that the edges of C and what is added are nobody's trouble but this kernel's.
enable chromium_experimental_subgroup_matrix;
enable f16; // when HALF
diagnostic(off, chromium.subgroup_matrix_uniformity);
// include matmul_strided with B = f32

alias T = f32;
const HIGH = 8u; // rows, columns and inner numbers of one product of fragments
const WIDE = 8u;
const DEEP = 8u;
const SUBGROUP = 32u;
const DEPTH = 16u; // of the parts of A and B
const TILE = 64u;
const QUARTER = 32u;
const ROWS = QUARTER / HIGH;
const COLUMNS = QUARTER / WIDE;
const WORKGROUP = 4u * SUBGROUP;
alias Left = subgroup_matrix_left<T, DEEP, HIGH>;
alias Right = subgroup_matrix_right<T, WIDE, DEEP>;
alias Result = subgroup_matrix_result<f32, WIDE, HIGH>;
var<workgroup> tileA: array<T, TILE * DEPTH>; // [TILE, DEPTH]
var<workgroup> tileB: array<T, DEPTH * TILE>; // [DEPTH, TILE]
var<workgroup> made: array<f32, 4u * HIGH * WIDE>; // a fragment of each subgroup

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) local: u32) {
  let quarter = local / SUBGROUP;
  let lane = local % SUBGROUP;
  let row0 = group.y * TILE;
  let column0 = group.x * TILE;
  let ownRow = quarter / 2u * QUARTER;
  let ownColumn = quarter % 2u * QUARTER;
  var acc: array<Result, ROWS * COLUMNS>; // registers
  for (var k0 = 0u; k0 < dims.k; k0 += DEPTH) {
    for (var at = local; at < TILE * DEPTH; at += WORKGROUP) {
      let ma = row0 + at / DEPTH;
      let ka = k0 + at % DEPTH;
      var va = 0.0;
      if (ka < dims.k && ma < dims.m) { va = a[ma * dims.strideAm + ka * dims.strideAk]; }
      va = clamp(va, -65504.0, 65504.0); // when HALF
      tileA[at] = T(va);
      let kb = k0 + at / TILE;
      let nb = column0 + at % TILE;
      var vb = 0.0;
      if (kb < dims.k && nb < dims.n) { vb = b[kb * dims.strideBk + nb * dims.strideBn]; }
      vb = clamp(vb, -65504.0, 65504.0); // when HALF
      tileB[at] = T(vb);
    }
    workgroupBarrier();
    for (var k = 0u; k < DEPTH / DEEP; k++) { // unroll
      var left: array<Left, ROWS>; // values
      var right: array<Right, COLUMNS>; // values
      for (var i = 0u; i < ROWS; i++) { // unroll
        left[i] = subgroupMatrixLoad<Left>(&tileA, (ownRow + i * HIGH) * DEPTH + k * DEEP, false, DEPTH);
      }
      for (var j = 0u; j < COLUMNS; j++) { // unroll
        right[j] = subgroupMatrixLoad<Right>(&tileB, k * DEEP * TILE + ownColumn + j * WIDE, false, TILE);
      }
      for (var i = 0u; i < ROWS; i++) { // unroll
        for (var j = 0u; j < COLUMNS; j++) { // unroll
          acc[i * COLUMNS + j] = subgroupMatrixMultiplyAccumulate(left[i], right[j], acc[i * COLUMNS + j]);
        }
      }
    }
    workgroupBarrier();
  }
  for (var i = 0u; i < ROWS; i++) { // unroll
    for (var j = 0u; j < COLUMNS; j++) { // unroll
      subgroupMatrixStore(&made, quarter * HIGH * WIDE, acc[i * COLUMNS + j], false, WIDE);
      workgroupBarrier();
      for (var e = lane; e < HIGH * WIDE; e += SUBGROUP) {
        let row = row0 + ownRow + i * HIGH + e / WIDE;
        let column = column0 + ownColumn + j * WIDE + e % WIDE;
        if (row < dims.m && column < dims.n) {
          let at = row * dims.n + column;
          put(at, column, made[quarter * HIGH * WIDE + e]);
        }
      }
      workgroupBarrier();
    }
  }
}
