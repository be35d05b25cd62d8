// C (+)= A·B in registers alone: a thread owns 4 × 4 of C and loads whole vectors; neighbours load the same rows, which caches answer.
// Sizes are multiples of four (m only where A lies [k, m]).
enable f16; // when HALVES
struct Dims { m: u32, n: u32, k: u32,
  scale: f32, // when SCALE
};
@group(0) @binding(0) var<uniform> dims: Dims;
@group(0) @binding(1) var<storage, read> a: array<vec4f>;
@group(0) @binding(2) var<storage, read> b: array<B>;
// include matmul_put with C = vec4f
// include four_of

@compute @workgroup_size(8, 8)
fn main(@builtin(global_invocation_id) thread: vec3u) {
  let m0 = thread.y * 4u;
  let n0 = thread.x * 4u;
  if (m0 >= dims.m || n0 >= dims.n) { return; }
  let k4 = dims.k / 4u;
  let n4 = dims.n / 4u;
  let m4 = dims.m / 4u; // when TN
  var acc: array<vec4f, 4>; // registers
  for (var k = 0u; k < k4; k++) {
    var ra: array<vec4f, 4>; // values
    var rb: array<vec4f, 4>; // values
    for (var i = 0u; i < 4u; i++) { // unroll
      ra[i] = a[min(m0 + i, dims.m - 1u) * k4 + k]; // when NT
      rb[i] = fourOf(b[(n0 + i) * k4 + k]); // when NT
      ra[i] = a[min(m0 + i, dims.m - 1u) * k4 + k]; // when NN
      rb[i] = fourOf(b[(k * 4u + i) * n4 + thread.x]); // when NN
      ra[i] = a[(k * 4u + i) * m4 + thread.y]; // when TN
      rb[i] = b[(k * 4u + i) * n4 + thread.x]; // when TN
    }
    for (var i = 0u; i < 4u; i++) { // unroll
      acc[i] += vec4f(dot(ra[i], rb[0]), dot(ra[i], rb[1]), dot(ra[i], rb[2]), dot(ra[i], rb[3])); // when NT
      acc[i] += ra[i].x * rb[0] + ra[i].y * rb[1] + ra[i].z * rb[2] + ra[i].w * rb[3]; // when NN
      acc[i] += ra[0][i] * rb[0] + ra[1][i] * rb[1] + ra[2][i] * rb[2] + ra[3][i] * rb[3]; // when TN
    }
  }
  for (var i = 0u; i < 4u; i++) { // unroll
    if (m0 + i < dims.m) {
      let at = (m0 + i) * n4 + thread.x;
      put(at, thread.x, acc[i]);
    }
  }
}
