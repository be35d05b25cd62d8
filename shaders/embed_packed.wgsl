// out[t] = table[ids[t]] · scale, from a table packed in words (gpu/packing.ts). Of a table in parts each launch writes the tokens
// whose rows are in its own.
struct Dims { tokens: u32, width: u32, scale: f32, first: u32, rows: u32 };
@group(0) @binding(0) var<uniform> dims: Dims;
@group(0) @binding(1) var<storage, read> table: array<B>;
@group(0) @binding(2) var<storage, read> ids: array<u32>;
@group(0) @binding(3) var<storage, read_write> out: array<f32>;

alias B = u32;

fn valueB(at: u32) -> f32 {
  let pair = unpack2x16float(bitcast<u32>(table[at / 2u])); // when F16
  return select(pair.x, pair.y, at % 2u == 1u); // when F16
  let block8 = at / 32u * 9u; // when Q8
  let bytes = bitcast<i32>(table[block8 + 1u + at % 32u / 4u]); // when Q8
  return f32(extractBits(bytes, at % 4u * 8u, 8u)) * bitcast<f32>(table[block8]); // when Q8
  let block4 = at / 32u * 5u; // when Q4
  let range = unpack2x16float(bitcast<u32>(table[block4])); // when Q4
  let nibbles = bitcast<u32>(table[block4 + 1u + at % 32u / 8u]); // when Q4
  return f32(extractBits(nibbles, at % 8u * 4u, 4u)) * range.x + range.y; // when Q4
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let index = (group.y * groups.x + group.x) * 64u + local;
  if (index >= dims.tokens * dims.width) { return; }
  let row = ids[index / dims.width] - dims.first;
  if (row >= dims.rows) { return; }
  out[index] = valueB(row * dims.width + index % dims.width) * dims.scale;
}
