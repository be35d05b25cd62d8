// AdamW as in adamw.wgsl on moments of 8 bits: a workgroup is a block of 64 numbers, with one scale for each moment (ops/adamw8.ts).
struct Dims { blocks: u32 };
@group(0) @binding(0) var<uniform> dims: Dims;
@group(0) @binding(1) var<storage, read_write> params: array<f32>;
@group(0) @binding(2) var<storage, read> grads: array<f32>;
@group(0) @binding(3) var<storage, read_write> m: array<u32>;
@group(0) @binding(4) var<storage, read_write> v: array<u32>;
// include adamw with V = f32

// include lanes with f32 = vec2f
// include hash
const WORDS = 17u; // a scale and 64 bytes
var<workgroup> bytes: array<vec2u, 64>;

fn fourth(x: f32) -> f32 {
  return (x * x) * (x * x);
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let block = group.y * groups.x + group.x;
  if (block >= dims.blocks) { return; }
  if (!isFinite()) { return; }
  let i = block * 64u + local;
  let at = block * WORDS;
  let word = at + 1u + local / 4u;
  let shift = local % 4u * 8u;
  let oldM = f32(extractBits(bitcast<i32>(m[word]), shift, 8u)) / 127.0;
  let oldV = f32(extractBits(v[word], shift, 8u) + 1u) / 256.0;
  let g = limited(grads[i]);
  let first = hyper[1] * (bitcast<f32>(m[at]) * sign(oldM) * fourth(oldM)) + (1.0 - hyper[1]) * g;
  let second = hyper[2] * (bitcast<f32>(v[at]) * fourth(oldV)) + (1.0 - hyper[2]) * g * g;
  params[i] = moved(params[i], first, second);

  let found = vec2f(abs(first), second);
  let scale = largestOf(found, local);
  let drawn = hash(i + hash(u32(hyper[9])));
  let dither = vec2f(vec2u(drawn >> 16u, drawn & 0xffffu)) / 65536.0;
  let share = select(vec2f(0.0), found / scale, scale > vec2f(0.0));
  let level = floor(sqrt(sqrt(share)) * vec2f(127.0, 256.0) + dither);
  let size = u32(min(level.x, 127.0));
  bytes[local] = vec2u(select(size, 256u - size, first < 0.0 && size > 0u), u32(clamp(level.y - 1.0, 0.0, 255.0)));
  workgroupBarrier();
  if (local < 16u) {
    let a = bytes[4u * local];
    let b = bytes[4u * local + 1u];
    let c = bytes[4u * local + 2u];
    let d = bytes[4u * local + 3u];
    let packed = a | (b << vec2u(8u)) | (c << vec2u(16u)) | (d << vec2u(24u));
    m[at + 1u + local] = packed.x;
    v[at + 1u + local] = packed.y;
  }
  if (local == 16u) {
    m[at] = bitcast<u32>(scale.x);
    v[at] = bitcast<u32>(scale.y);
  }
}
