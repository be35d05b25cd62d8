// Sums of columns over chunks of rows: out[chunk, column] (+)= Σ_row x[row, column] (· (y[row, column] − mean[row]) · scale[row]). LANES
// threads share a chunk's rows of a column and add up what they found: parameter gradients without atomics and always in the same order.
struct Dims { rows: u32, width: u32, chunks: u32, rowsPerChunk: u32 };
@group(0) @binding(0) var<uniform> dims: Dims;
@group(0) @binding(1) var<storage, read> x: array<V>;
@group(0) @binding(2) var<storage, read_write> out: array<V>;
@group(0) @binding(3) var<storage, read> y: array<V>; // when PRODUCT
@group(0) @binding(4) var<storage, read> scale: array<f32>; // when PRODUCT
@group(0) @binding(5) var<storage, read> mean: array<f32>; // when CENTRED

alias V = vec4f;
const COLUMNS = 64u;
const LANES = 1u;
var<workgroup> partial: array<V, COLUMNS * LANES>; // when SHARED

@compute @workgroup_size(COLUMNS * LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let index = (group.y * groups.x + group.x) * COLUMNS + local % COLUMNS;
  let lane = local / COLUMNS;
  let column = index % dims.width;
  let chunk = index / dims.width;
  let last = min((chunk + 1u) * dims.rowsPerChunk, dims.rows);
  var sum = V(0.0);
  if (chunk < dims.chunks) {
    for (var row = chunk * dims.rowsPerChunk + lane; row < last; row += LANES) {
      var value = x[row * dims.width + column];
      var other = y[row * dims.width + column]; // when PRODUCT
      other -= V(mean[row]); // when CENTRED
      value *= other * scale[row]; // when PRODUCT
      sum += value;
    }
  }
  partial[local] = sum; // when SHARED
  for (var half = LANES / 2u; half > 0u; half /= 2u) { // when SHARED
    workgroupBarrier(); // when SHARED
    if (lane < half) { partial[local] += partial[local + half * COLUMNS]; } // when SHARED
  } // when SHARED
  sum = partial[local]; // when SHARED
  if (lane > 0u || chunk >= dims.chunks) { return; }
  sum += out[index]; // when ACCUMULATE
  out[index] = sum;
}
