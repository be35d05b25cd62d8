// Cuts rows of three equal parts into three tensors.
struct Dims { rows: u32, width: u32 };
@group(0) @binding(0) var<uniform> dims: Dims;
@group(0) @binding(1) var<storage, read> whole: array<V>; // [rows, 3, width]
@group(0) @binding(2) var<storage, read_write> first: array<V>; // [rows, width]
@group(0) @binding(3) var<storage, read_write> second: array<V>;
@group(0) @binding(4) var<storage, read_write> third: array<V>;

alias V = vec4f;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = (group.y * groups.x + group.x) * 64u + local;
  if (i >= dims.rows * dims.width) { return; }
  let at = i / dims.width * 3u * dims.width + i % dims.width;
  first[i] = whole[at];
  second[i] = whole[at + dims.width];
  third[i] = whole[at + 2u * dims.width];
}
