// Puts three tensors side by side into rows, or adds them to what is there.
struct Dims { rows: u32, width: u32 };
@group(0) @binding(0) var<uniform> dims: Dims;
@group(0) @binding(1) var<storage, read> first: array<V>; // [rows, width]
@group(0) @binding(2) var<storage, read> second: array<V>;
@group(0) @binding(3) var<storage, read> third: array<V>;
@group(0) @binding(4) var<storage, read_write> whole: array<V>; // [rows, 3, width]

alias V = vec4f;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = (group.y * groups.x + group.x) * 64u + local;
  if (i >= dims.rows * dims.width) { return; }
  let at = i / dims.width * 3u * dims.width + i % dims.width;
  var a = first[i];
  var b = second[i];
  var c = third[i];
  a += whole[at]; // when ACCUMULATE
  b += whole[at + dims.width]; // when ACCUMULATE
  c += whole[at + 2u * dims.width]; // when ACCUMULATE
  whole[at] = a;
  whole[at + dims.width] = b;
  whole[at + 2u * dims.width] = c;
}
