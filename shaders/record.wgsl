// Keeps a step's loss and squared gradient norm in a ring, so that the host may read many steps at once, late.
struct Dims { slots: u32 };
@group(0) @binding(0) var<uniform> dims: Dims;
@group(0) @binding(1) var<storage, read> loss: array<f32>;
@group(0) @binding(2) var<storage, read> squaredNorm: array<f32>;
@group(0) @binding(3) var<storage, read> hyper: array<f32>; // [8]: which slot
@group(0) @binding(4) var<storage, read_write> ring: array<f32>;

@compute @workgroup_size(1)
fn main() {
  let slot = u32(hyper[8]) % dims.slots;
  ring[2u * slot] = loss[0];
  ring[2u * slot + 1u] = squaredNorm[0];
}
