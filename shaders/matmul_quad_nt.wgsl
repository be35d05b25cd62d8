enable subgroups;
enable f16; // when HALVES
// C (+)= A·Bᵀ: A [m, k], B [n, k], k the inner index of both.
// include matmul_quads

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
    @builtin(local_invocation_index) local: u32, @builtin(subgroup_invocation_id) subgroupLane: u32) {
  let lane = subgroupLane % 4u;
  let linear = (group.y * groups.x + group.x) * (WORKGROUP / 4u) + local / 4u;
  let tile = min(linear, dims.tiles - 1u);
  let m0 = (tile / dims.tilesN) * (4u * MI) + lane * MI;
  let n0 = (tile % dims.tilesN) * (4u * NJ);
  let k4 = dims.k / 4u;
  var acc: array<f32, 4u * MI * NJ>; // registers
  let texelAx = dims.texelAx; // when SAMPLED
  let texelBx = dims.texelBx; // when SAMPLED
  var xa: array<f32, MI>; // values // when SAMPLED
  var ya: array<f32, MI>; // values // when SAMPLED
  var xb: array<f32, NJ>; // values // when SAMPLED
  var yb: array<f32, NJ>; // values // when SAMPLED
  for (var i = 0u; i < MI; i++) { // unroll
    xa[i] = (f32((m0 + i) % FOLD_A * k4) + 0.5) * texelAx; // when SAMPLED
    ya[i] = (f32((m0 + i) / FOLD_A) + 0.5) * dims.texelAy; // when SAMPLED
  }
  for (var j = 0u; j < NJ; j++) { // unroll
    xb[j] = (f32((n0 + lane * NJ + j) % FOLD_B * k4) + 0.5) * texelBx; // when SAMPLED
    yb[j] = (f32((n0 + lane * NJ + j) / FOLD_B) + 0.5) * dims.texelBy; // when SAMPLED
  }
  for (var k = 0u; k < k4; k += STEP) {
    let kx = f32(k) * texelAx; // when SAMPLED
    let kxb = f32(k) * texelBx; // when SAMPLED
    var ra: array<vec4f, 2u * MI>; // values
    var rb: array<vec4f, 2u * NJ>; // values
    for (var i = 0u; i < MI; i++) { // unroll
      ra[i] = a[min(m0 + i, dims.m - 1u) * k4 + k]; // when BUFFERED
      ra[MI + i] = a[min(m0 + i, dims.m - 1u) * k4 + k + 1u]; // when PAIR_BUFFERED
      ra[i] = textureSampleLevel(a, nearest, vec2f(xa[i] + kx, ya[i]), 0.0); // when SAMPLED
      ra[MI + i] = textureSampleLevel(a, nearest, vec2f(xa[i] + kx + texelAx, ya[i]), 0.0); // when PAIR_SAMPLED
    }
    for (var j = 0u; j < NJ; j++) { // unroll
      rb[j] = fourOf(b[min(n0 + lane * NJ + j, dims.n - 1u) * k4 + k]); // when BUFFERED
      rb[NJ + j] = fourOf(b[min(n0 + lane * NJ + j, dims.n - 1u) * k4 + k + 1u]); // when PAIR_BUFFERED
      rb[j] = textureSampleLevel(b, nearest, vec2f(xb[j] + kxb, yb[j]), 0.0); // when SAMPLED
      rb[NJ + j] = textureSampleLevel(b, nearest, vec2f(xb[j] + kxb + texelBx, yb[j]), 0.0); // when PAIR_SAMPLED
    }
    // include matmul_quad_turns with products = matmul_quad_nt_products
  }
  // include matmul_quad_store
}
