// What every attention kernel is told, and where a query's view begins: at its document's first token, or `window` tokens back, itself included.
struct Dims { tokens: u32, heads: u32, kvHeads: u32, window: u32, scale: f32, cap: f32,
  texelX: f32, texelY: f32, // when SAMPLED
};
@group(0) @binding(0) var<uniform> dims: Dims;
@group(0) @binding(4) var<storage, read> spans: array<u32>; // [tokens, (first of its document, the one after its last)]

fn firstSeen(t: u32) -> u32 {
  return max(spans[2u * t], t - min(t, dims.window - 1u));
}
