// C (+)= A·B for any layout and any size: strides say how A [m, k] and B [k, n] lie in memory. B may be packed (gpu/packing.ts).
// 64×64 tile of C a workgroup, 4×4 a thread, K in steps of 16 through workgroup memory (8.5 KB).
// HALF: what lies in workgroup memory is rounded to 16-bit floats; sums are of 32. SPLIT: workgroups along z take `depth` of K each and write one C after the other, to be added up.
enable f16; // when HALF
struct Dims { m: u32, n: u32, k: u32, strideAm: u32, strideAk: u32, strideBk: u32, strideBn: u32,
  scale: f32, // when SCALE
  depth: u32, // when SPLIT
};
@group(0) @binding(0) var<uniform> dims: Dims;
@group(0) @binding(1) var<storage, read> a: array<f32>;
@group(0) @binding(2) var<storage, read> b: array<B>;
@group(0) @binding(3) var<storage, read_write> c: array<f32>;
@group(0) @binding(4) var<storage, read> bias: array<f32>; // when BIAS
@group(0) @binding(5) var<storage, read> residual: array<f32>; // when RESIDUAL

alias B = f32;
alias T = f32; // of what lies in workgroup memory

fn valueB(at: u32) -> f32 {
  return b[at]; // when PLAIN
  let pair = unpack2x16float(bitcast<u32>(b[at / 2u])); // when F16
  return select(pair.x, pair.y, at % 2u == 1u); // when F16
  let block8 = at / 32u * 9u; // when Q8
  let bytes = bitcast<i32>(b[block8 + 1u + at % 32u / 4u]); // when Q8
  return f32(extractBits(bytes, at % 4u * 8u, 8u)) * bitcast<f32>(b[block8]); // when Q8
  let block4 = at / 32u * 5u; // when Q4
  let range = unpack2x16float(bitcast<u32>(b[block4])); // when Q4
  let nibbles = bitcast<u32>(b[block4 + 1u + at % 32u / 8u]); // when Q4
  return f32(extractBits(nibbles, at % 8u * 4u, 4u)) * range.x + range.y; // when Q4
}

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
        var value = acc[i * 4u + j];
        value *= dims.scale; // when SCALE
        value += c[at]; // when ACCUMULATE
        value += bias[column]; // when BIAS
        value += residual[at]; // when RESIDUAL
        c[at] = value;
      }
    }
  }
}
