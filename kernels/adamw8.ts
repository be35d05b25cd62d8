/** AdamW on moments of 8 bits (src/gpu/ops/adamw8.ts): blocks of 64 numbers, each moment a scale and 64 bytes. A unit is 64 blocks. */
import { mix } from './elementwise';
import { least, word } from './vector';

const BLOCK: u32 = 64;
const BYTES: u32 = 68;

/** Arguments: params, grads, m, v, squaredNorm, hyper, blocks. Each thread keeps both moments of a block in its own memory. */
export function adamw8(args: usize, unit: u32, own: usize): void {
  const squared = load<f32>(word(args, 4)), hyper: usize = word(args, 5);
  if (!isFinite(squared)) return;
  const limit = load<f32>(hyper, 20), shrink: f32 = limit > 0 ? min<f32>(1, limit / (sqrt<f32>(squared) + 1e-6)) : 1;
  const rate = load<f32>(hyper), beta1 = load<f32>(hyper, 4), beta2 = load<f32>(hyper, 8), epsilon = load<f32>(hyper, 12);
  const decay = load<f32>(hyper, 16), bias1 = load<f32>(hyper, 24), bias2 = load<f32>(hyper, 28), seed = mix(<u32>load<f32>(hyper, 36));
  const stop = least(word(args, 6), (unit + 1) * BLOCK);
  for (let block = unit * BLOCK; block < stop; block++) {
    const params: usize = word(args, 0) + (block << 8), grads: usize = word(args, 1) + (block << 8);
    const m: usize = word(args, 2) + block * BYTES, v: usize = word(args, 3) + block * BYTES;
    const scaleM = load<f32>(m), scaleV = load<f32>(v);
    let mostM: f32 = 0, mostV: f32 = 0;
    for (let i: usize = 0; i < BLOCK; i++) {
      const level = load<i8>(m + i, 4), oldM = <f32>level / 127, oldV = <f32>(<u32>load<u8>(v + i, 4) + 1) / 256;
      const g = load<f32>(grads + (i << 2)) * shrink, size = scaleM * fourth(oldM);
      const first = beta1 * (level < 0 ? -size : size) + (1 - beta1) * g;
      const second = beta2 * (scaleV * fourth(oldV)) + (1 - beta2) * g * g;
      const p = load<f32>(params + (i << 2));
      store<f32>(params + (i << 2), p - rate * (first / bias1 / (sqrt<f32>(second / bias2) + epsilon) + decay * p));
      store<f32>(own + (i << 3), first);
      store<f32>(own + (i << 3), second, 4);
      mostM = max<f32>(mostM, abs<f32>(first));
      mostV = max<f32>(mostV, second);
    }
    store<f32>(m, mostM);
    store<f32>(v, mostV);
    for (let i: usize = 0; i < BLOCK; i++) {
      const first = load<f32>(own + (i << 3)), drawn = mix((block << 6) + <u32>i + seed);
      const size = mostM > 0 ? least(127, level(abs<f32>(first) / mostM, 127, drawn >> 16)) : 0;
      const levelV = mostV > 0 ? level(load<f32>(own + (i << 3), 4) / mostV, 256, drawn & 0xffff) : 0;
      store<u8>(m + i, <u8>(first < 0 ? 256 - size : size), 4);
      store<u8>(v + i, <u8>(levelV == 0 ? 0 : least(255, levelV - 1)), 4);
    }
  }
}

// @ts-ignore: decorator
@inline
function fourth(x: f32): f32 {
  return (x * x) * (x * x);
}

/** The level below or above share^¼ · top, as the draw of 16 bits says. */
// @ts-ignore: decorator
@inline
function level(share: f32, top: f32, dither: u32): u32 {
  return <u32>floor<f32>(sqrt<f32>(sqrt<f32>(share)) * top + <f32>dither / 65536);
}
