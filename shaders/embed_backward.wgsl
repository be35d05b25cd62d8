// dTable[id] += scale · Σ dOut[t] over the tokens t with that id. The host sorts the positions by id (`order`) and lists, a distinct
// id, its run in `order` (`runs`: id, first, end): no atomics, and the sum is always taken in the same order.
struct Dims { tokens: u32, width: u32, scale: f32,
  first: u32, // when PART
  rows: u32, // when PART
};
@group(0) @binding(0) var<uniform> dims: Dims;
@group(0) @binding(1) var<storage, read> dOut: array<V>;
@group(0) @binding(2) var<storage, read> order: array<u32>;
@group(0) @binding(3) var<storage, read> runs: array<u32>;
@group(0) @binding(4) var<storage, read_write> dTable: array<V>;

alias V = vec4f;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let index = (group.y * groups.x + group.x) * 64u + local;
  if (index >= dims.tokens * dims.width) { return; }
  let run = index / dims.width;
  let column = index % dims.width;
  let first = runs[run * 3u + 1u];
  let end = runs[run * 3u + 2u];
  if (first == end) { return; }
  let row = runs[run * 3u]
    - dims.first // when PART
  ;
  if (row >= dims.rows) { return; } // when PART
  var sum = V(0.0);
  for (var i = first; i < end; i++) {
    sum += dOut[order[i] * dims.width + column];
  }
  let at = row * dims.width + column;
  dTable[at] = dTable[at] + sum * dims.scale;
}
