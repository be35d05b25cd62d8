enable subgroups;
enable f16; // when HALVES
// C (+)= A·B: A [m, k], B [k, n].
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
  let n4 = dims.n / 4u;
  let columnB = (n0 + lane * NJ) / 4u;
  var acc: array<f32, 4u * MI * NJ>; // registers
  let texelAx = dims.texelAx; // when SAMPLED
  var xa: array<f32, MI>; // values // when SAMPLED
  var ya: array<f32, MI>; // values // when SAMPLED
  for (var i = 0u; i < MI; i++) { // unroll
    xa[i] = (f32((m0 + i) % FOLD_A * k4) + 0.5) * texelAx; // when SAMPLED
    ya[i] = (f32((m0 + i) / FOLD_A) + 0.5) * dims.texelAy; // when SAMPLED
  }
  let texelBy = dims.texelBy; // when SAMPLED
  var xb: array<f32, NJ / 4u * FOLD_B>; // values // when SAMPLED
  for (var v = 0u; v < NJ / 4u; v++) { // unroll
    for (var f = 0u; f < FOLD_B; f++) { // unroll
      xb[v * FOLD_B + f] = (f32(columnB + v + f * n4) + 0.5) * dims.texelBx; // when SAMPLED
    }
  }
  for (var k = 0u; k < k4; k += STEP) {
    let kx = f32(k) * texelAx; // when SAMPLED
    let kyb = (f32(4u * k) / f32(FOLD_B) + 0.5) * texelBy; // when SAMPLED
    var ra: array<vec4f, 2u * MI>; // values
    var rb: array<vec4f, 2u * NJ>; // values
    for (var i = 0u; i < MI; i++) { // unroll
      ra[i] = a[min(m0 + i, dims.m - 1u) * k4 + k]; // when BUFFERED
      ra[MI + i] = a[min(m0 + i, dims.m - 1u) * k4 + k + 1u]; // when PAIR_BUFFERED
      ra[i] = textureSampleLevel(a, nearest, vec2f(xa[i] + kx, ya[i]), 0.0); // when SAMPLED
      ra[MI + i] = textureSampleLevel(a, nearest, vec2f(xa[i] + kx + texelAx, ya[i]), 0.0); // when PAIR_SAMPLED
    }
    for (var v = 0u; v < NJ / 4u; v++) { // unroll
      for (var r = 0u; r < 4u; r++) { // unroll
        rb[v * 4u + r] = fourOf(b[(k * 4u + r) * n4 + min(columnB + v, n4 - 1u)]); // when BUFFERED
        rb[NJ + v * 4u + r] = fourOf(b[(k * 4u + 4u + r) * n4 + min(columnB + v, n4 - 1u)]); // when PAIR_BUFFERED
        rb[v * 4u + r] = textureSampleLevel(b, nearest, vec2f(xb[v * FOLD_B + r % FOLD_B], kyb + f32(r / FOLD_B) * texelBy), 0.0); // when SAMPLED
        rb[NJ + v * 4u + r] = textureSampleLevel(b, nearest, vec2f(xb[v * FOLD_B + (4u + r) % FOLD_B], kyb + f32((4u + r) / FOLD_B) * texelBy), 0.0); // when PAIR_SAMPLED
      }
    }
    // include matmul_quad_turns with products = matmul_quad_nn_products
  }
  // include matmul_quad_store
}
