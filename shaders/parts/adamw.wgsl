// AdamW (Loshchilov & Hutter 2019): decoupled decay, bias correction, and the global gradient-norm limit folded in.
// What changes from step to step (`hyper`) is data, so the program can be replayed.
@group(0) @binding(5) var<storage, read> squaredNorm: array<f32>;
@group(0) @binding(6) var<storage, read> hyper: array<f32>; // rate, β1, β2, ε, decay, clip, 1 − β1^t, 1 − β2^t, slot, t

// A gradient that is not finite skips the step: compilers may assume x == x, so the test looks at the bits.
fn isFinite() -> bool {
  return (bitcast<u32>(squaredNorm[0]) & 0x7f800000u) != 0x7f800000u;
}

fn limited(gradient: V) -> V {
  let limit = hyper[5];
  return gradient * select(1.0, min(1.0, limit / (sqrt(squaredNorm[0]) + 1e-6)), limit > 0.0);
}

fn moved(p: V, first: V, second: V) -> V {
  return p - hyper[0] * (first / hyper[6] / (sqrt(second / hyper[7]) + hyper[3]) + hyper[4] * p);
}
