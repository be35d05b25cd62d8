// A quad of four lanes owns a (4·MI)×(4·NJ) tile of C. Each lane loads MI rows of A and NJ columns of B of its own; exchanging B
// inside the quad gives every product without loading anything twice: no workgroup memory, no barrier. Made for adapters where
// a load costs far more than a multiply (software adapters); sizes must be multiples of four. Each sum is touched once an
// iteration, for there a variable that lives across iterations costs as much as the multiplications. SAMPLED: A and B come as textures,
// whose nearest sample of four floats costs such an adapter two thirds of a load; their rows may lie folded, several in one of the texture's.
struct Dims { m: u32, n: u32, k: u32, tilesN: u32, tiles: u32,
  texelAx: f32, texelAy: f32, texelBx: f32, texelBy: f32, // when SAMPLED
  scale: f32, // when SCALE
};
@group(0) @binding(0) var<uniform> dims: Dims;
@group(0) @binding(1) var<storage, read> a: array<vec4f>; // when BUFFERED
@group(0) @binding(2) var<storage, read> b: array<B>; // when BUFFERED
@group(0) @binding(1) var a: texture_2d<f32>; // when SAMPLED
@group(0) @binding(2) var b: texture_2d<f32>; // when SAMPLED
@group(0) @binding(6) var nearest: sampler; // when SAMPLED
// include matmul_put with C = vec4f
// include four_of

const MI = 4u; // rows of C a lane owns
const NJ = 4u; // columns of B a lane loads
const STEP = 2u; // vectors of the inner index an iteration takes: 2 with PAIR, else 1
const WORKGROUP = 8u;
const FOLD_A = 1u; // rows of A side by side in a row of its texture
const FOLD_B = 1u;
