// out[t] = table[ids[t]] · scale (+ residual[t]). Of a table in parts each launch writes the tokens whose rows are in its own.
struct Dims { tokens: u32, width: u32, scale: f32,
  first: u32, // when PART
  rows: u32, // when PART
};
@group(0) @binding(0) var<uniform> dims: Dims;
@group(0) @binding(1) var<storage, read> table: array<V>;
@group(0) @binding(2) var<storage, read> ids: array<u32>;
@group(0) @binding(3) var<storage, read_write> out: array<V>;
@group(0) @binding(4) var<storage, read> residual: array<V>; // when RESIDUAL

alias V = vec4f;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let index = (group.y * groups.x + group.x) * 64u + local;
  if (index >= dims.tokens * dims.width) { return; }
  let row = ids[index / dims.width]
    - dims.first // when PART
  ;
  if (row >= dims.rows) { return; } // when PART
  var value = table[row * dims.width + index % dims.width] * dims.scale;
  value += residual[index]; // when RESIDUAL
  out[index] = value;
}
