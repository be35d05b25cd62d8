// Puts new keys and values into the cache: cache[slot, position] = row. Tokens whose slot is 0xffffffff are padding.
struct Dims { tokens: u32, width: u32, context: u32 };
@group(0) @binding(0) var<uniform> dims: Dims;
@group(0) @binding(1) var<storage, read> k: array<V>;
@group(0) @binding(2) var<storage, read> v: array<V>;
@group(0) @binding(3) var<storage, read> slots: array<u32>;
@group(0) @binding(4) var<storage, read> positions: array<u32>;
@group(0) @binding(5) var<storage, read_write> keys: array<V>; // [slots, context, width]
@group(0) @binding(6) var<storage, read_write> values: array<V>;

alias V = vec4f;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let index = (group.y * groups.x + group.x) * 64u + local;
  if (index >= dims.tokens * dims.width) { return; }
  let token = index / dims.width;
  if (slots[token] == 0xffffffffu) { return; }
  let at = (slots[token] * dims.context + positions[token]) * dims.width + index % dims.width;
  keys[at] = k[index];
  values[at] = v[index];
}
