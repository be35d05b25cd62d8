// out[t] = table[ids[t]] · scale, from a table packed in words (gpu/packing.ts). Of a table in parts each launch writes the tokens
// whose rows are in its own.
struct Dims { tokens: u32, width: u32, scale: f32, first: u32, rows: u32 };
@group(0) @binding(0) var<uniform> dims: Dims;
@group(0) @binding(1) var<storage, read> table: array<B>;
@group(0) @binding(2) var<storage, read> ids: array<u32>;
@group(0) @binding(3) var<storage, read_write> out: array<f32>;

// include packed with b = table

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let index = (group.y * groups.x + group.x) * 64u + local;
  if (index >= dims.tokens * dims.width) { return; }
  let row = ids[index / dims.width] - dims.first;
  if (row >= dims.rows) { return; }
  out[index] = valueB(row * dims.width + index % dims.width) * dims.scale;
}
