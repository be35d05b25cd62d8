// Any layout and any size: strides say how A [m, k] and B [k, n] lie in memory.
struct Dims { m: u32, n: u32, k: u32, strideAm: u32, strideAk: u32, strideBk: u32, strideBn: u32,
  scale: f32, // when SCALE
  depth: u32, // when SPLIT
};
@group(0) @binding(0) var<uniform> dims: Dims;
@group(0) @binding(1) var<storage, read> a: array<f32>;
@group(0) @binding(2) var<storage, read> b: array<B>;
// include matmul_put with C = f32
