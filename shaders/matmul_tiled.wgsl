// C (+)= A·B for any layout and any size: strides say how A [m, k] and B [k, n] lie in memory. B may be packed (gpu/packing.ts).
// 64×64 tile of C a workgroup, 4×4 a thread, K in steps of 16 through workgroup memory (8.5 KB).
// HALF: what lies in workgroup memory is rounded to 16-bit floats; sums are of 32. SPLIT: workgroups along z take `depth` of K each and write one C after the other, to be added up.
enable f16; // when HALF
// include matmul_strided
// include packed
alias T = f32; // of what lies in workgroup memory

const TILE = 64u;
const DEPTH = 16u;
const PITCH = 68u; // TILE + 4: keeps a column's rows in different banks
var<workgroup> tileA: array<T, 1088>;
var<workgroup> tileB: array<T, 1088>;

@compute @workgroup_size(16, 16)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u, @builtin(local_invocation_index) thread: u32) {
  let row0 = group.y * TILE;
  let column0 = group.x * TILE;
  var acc: array<f32, 16>; // registers
  var ra: array<f32, 4>; // registers
  var rb: array<f32, 4>; // registers
  let firstK = 0u; // when WHOLE
  let lastK = dims.k; // when WHOLE
  let firstK = group.z * dims.depth; // when SPLIT
  let lastK = min(firstK + dims.depth, dims.k); // when SPLIT
  for (var k0 = firstK; k0 < lastK; k0 += DEPTH) {
    for (var i = 0u; i < 4u; i++) { // unroll
      let at = thread + i * 256u;
      let ka = k0 + at % DEPTH;
      let ma = row0 + at / DEPTH;
      var va = 0.0;
      if (ka < lastK && ma < dims.m) { va = a[ma * dims.strideAm + ka * dims.strideAk]; }
      va = clamp(va, -65504.0, 65504.0); // when HALF
      tileA[(at % DEPTH) * PITCH + at / DEPTH] = T(va);
      let kb = k0 + at / TILE;
      let nb = column0 + at % TILE;
      var vb = 0.0;
      if (kb < lastK && nb < dims.n) { vb = valueB(kb * dims.strideBk + nb * dims.strideBn); }
      vb = clamp(vb, -65504.0, 65504.0); // when HALF
      tileB[(at / TILE) * PITCH + at % TILE] = T(vb);
    }
    workgroupBarrier();
    for (var k = 0u; k < DEPTH; k++) {
      for (var i = 0u; i < 4u; i++) { // unroll
        ra[i] = f32(tileA[k * PITCH + local.y * 4u + i]);
        rb[i] = f32(tileB[k * PITCH + local.x * 4u + i]);
      }
      for (var i = 0u; i < 4u; i++) { // unroll
        for (var j = 0u; j < 4u; j++) { // unroll
          acc[i * 4u + j] += ra[i] * rb[j];
        }
      }
    }
    workgroupBarrier();
  }
  for (var i = 0u; i < 4u; i++) { // unroll
    for (var j = 0u; j < 4u; j++) { // unroll
      let row = row0 + local.y * 4u + i;
      let column = column0 + local.x * 4u + j;
      if (row < dims.m && column < dims.n) {
        let at = row * dims.n + column; // when WHOLE
        let at = (group.z * dims.m + row) * dims.n + column; // when SPLIT
        put(at, column, acc[i * 4u + j]);
      }
    }
  }
}
