enable subgroups;
// C (+)= Aᵀ·B: A [k, m], B [k, n]. The weight gradient: k runs over tokens.
// include matmul_quads

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
    @builtin(local_invocation_index) local: u32, @builtin(subgroup_invocation_id) subgroupLane: u32) {
  let lane = subgroupLane % 4u;
  let linear = (group.y * groups.x + group.x) * (WORKGROUP / 4u) + local / 4u;
  let tile = min(linear, dims.tiles - 1u);
  let m0 = (tile / dims.tilesN) * (4u * MI) + lane * MI;
  let n0 = (tile % dims.tilesN) * (4u * NJ);
  let m4 = dims.m / 4u;
  let n4 = dims.n / 4u;
  let columnB = (n0 + lane * NJ) / 4u;
  var acc: array<f32, 4u * MI * NJ>; // registers
  let texelAy = dims.texelAy; // when SAMPLED
  var xa: array<f32, MI / 4u * FOLD_A>; // values // when SAMPLED
  for (var u = 0u; u < MI / 4u; u++) { // unroll
    for (var f = 0u; f < FOLD_A; f++) { // unroll
      xa[u * FOLD_A + f] = (f32(m0 / 4u + u + f * m4) + 0.5) * dims.texelAx; // when SAMPLED
    }
  }
  let texelBy = dims.texelBy; // when SAMPLED
  var xb: array<f32, NJ / 4u * FOLD_B>; // values // when SAMPLED
  for (var v = 0u; v < NJ / 4u; v++) { // unroll
    for (var f = 0u; f < FOLD_B; f++) { // unroll
      xb[v * FOLD_B + f] = (f32(columnB + v + f * n4) + 0.5) * dims.texelBx; // when SAMPLED
    }
  }
  for (var k = 0u; k < dims.k; k += 4u * STEP) {
    let kya = (f32(k) / f32(FOLD_A) + 0.5) * texelAy; // when SAMPLED
    let kyb = (f32(k) / f32(FOLD_B) + 0.5) * texelBy; // when SAMPLED
    var ra: array<vec4f, 2u * MI>; // values
    var rb: array<vec4f, 2u * NJ>; // values
    for (var u = 0u; u < MI / 4u; u++) { // unroll
      for (var r = 0u; r < 4u; r++) { // unroll
        ra[u * 4u + r] = a[(k + r) * m4 + min(m0 / 4u + u, m4 - 1u)]; // when BUFFERED
        ra[MI + u * 4u + r] = a[(k + 4u + r) * m4 + min(m0 / 4u + u, m4 - 1u)]; // when PAIR_BUFFERED
        ra[u * 4u + r] = textureSampleLevel(a, nearest, vec2f(xa[u * FOLD_A + r % FOLD_A], kya + f32(r / FOLD_A) * texelAy), 0.0); // when SAMPLED
        ra[MI + u * 4u + r] = textureSampleLevel(a, nearest, vec2f(xa[u * FOLD_A + (4u + r) % FOLD_A], kya + f32((4u + r) / FOLD_A) * texelAy), 0.0); // when PAIR_SAMPLED
      }
    }
    for (var v = 0u; v < NJ / 4u; v++) { // unroll
      for (var r = 0u; r < 4u; r++) { // unroll
        rb[v * 4u + r] = b[(k + r) * n4 + min(columnB + v, n4 - 1u)]; // when BUFFERED
        rb[NJ + v * 4u + r] = b[(k + 4u + r) * n4 + min(columnB + v, n4 - 1u)]; // when PAIR_BUFFERED
        rb[v * 4u + r] = textureSampleLevel(b, nearest, vec2f(xb[v * FOLD_B + r % FOLD_B], kyb + f32(r / FOLD_B) * texelBy), 0.0); // when SAMPLED
        rb[NJ + v * 4u + r] = textureSampleLevel(b, nearest, vec2f(xb[v * FOLD_B + (4u + r) % FOLD_B], kyb + f32((4u + r) / FOLD_B) * texelBy), 0.0); // when PAIR_SAMPLED
      }
    }
    // include matmul_quad_turns with products = matmul_quad_tn_products
  }
  // include matmul_quad_store
}
