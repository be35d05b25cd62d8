// out (+)= x where it is kept, times 1 / (1 − rate); 0 elsewhere. Which elements are kept follows from the seed, the site and the
// element's number alone, so that the gradient and a recomputed pass find the same ones.
struct Dims { count: u32, site: u32, threshold: u32, scale: f32 };
@group(0) @binding(0) var<uniform> dims: Dims;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> seed: array<u32>;
@group(0) @binding(3) var<storage, read_write> out: array<f32>;

// include hash

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = (group.y * groups.x + group.x) * 64u + local;
  if (i >= dims.count) { return; }
  let drawn = hash(hash(seed[0] ^ (dims.site * 0x9e3779b1u)) + i * 0x9e3779b9u);
  var value = select(0.0, x[i] * dims.scale, drawn >= dims.threshold);
  value += out[i]; // when ACCUMULATE
  out[i] = value;
}
