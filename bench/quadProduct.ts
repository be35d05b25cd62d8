/**
 * The fastest product that was found for Chromium's software adapter before the engine had one, written from its description alone: kept as
 * evidence beside the engine's own kernels (bench/products.ts), which have to come within a tenth of it. For whole tiles only.
 *
 * A quad of four lanes owns a tile of 4·MI by 4·NJ. Each lane samples MI rows of A and NJ columns of B of its own from textures of four
 * floats a texel; B is exchanged inside the quad. Eight steps of the inner index an iteration, one sum at a time.
 */
import type { Layout } from '../src/gpu/products';

const NJ = 8;
const SWAPS = ['', 'quadSwapX', 'quadSwapY', 'quadSwapDiagonal'];
/** Fewer workgroups than this leave a software adapter's threads idle. */
const ENOUGH_GROUPS = 48;

const range = (count: number) => Array.from({ length: count }, (_, i) => i);
const sample = (texture: string, x: string, y: string) => `textureSampleLevel(${texture}, nearest, vec2f((${x} + 0.5) * texel, (${y} + 0.5) * down), 0.0)`;

/** The kernel for square matrices of that size, by `mi` rows a lane and so many quads a workgroup. */
function source(layout: Layout, size: number, mi: number, quads: number): string {
  const [rows, columns] = [range(mi), range(NJ)];
  const across = size / (4 * NJ);
  // Element `at` of the inner eight: of row i of A, and of column j of B as swap s brings it.
  const a = (i: number, at: number) => (layout === 'tn' ? `a${at}_${i >> 2}[${i & 3}]` : `a${i}_${at >> 2}[${at & 3}]`);
  const b = (s: number, j: number, at: number) => (layout === 'nt' ? `b${s}_${j}_${at >> 2}[${at & 3}]` : `b${s}_${at}_${j >> 2}[${j & 3}]`);
  const loadsA = layout === 'tn'
    ? range(8).flatMap((at) => range(mi / 4).map((v) => `let a${at}_${v} = ${sample('a', `m4 + ${v}.0`, `k + ${at}.0`)};`))
    : rows.flatMap((i) => range(2).map((h) => `let a${i}_${h} = ${sample('a', `k4 + ${h}.0`, `m0 + ${i}.0`)};`));
  const namesB = layout === 'nt' ? columns.flatMap((j) => range(2).map((h) => [j, h])) : range(8).flatMap((at) => range(NJ / 4).map((v) => [at, v]));
  const loadsB = namesB.map(([one, two]) => `let b0_${one}_${two} = ${layout === 'nt'
    ? sample('b', `k4 + ${two}.0`, `n0 + ${one}.0`) : sample('b', `n4 + ${two}.0`, `k + ${one}.0`)};`);
  const sums = SWAPS.map((swap, s) => [
    ...(s === 0 ? [] : namesB.map(([one, two]) => `let b${s}_${one}_${two} = ${swap}(b0_${one}_${two});`)),
    ...rows.flatMap((i) => columns.map((j) => `c${s}_${i}_${j} += ${range(8).map((at) => `${a(i, at)} * ${b(s, j, at)}`).join(' + ')};`)),
  ].join('\n'));
  const stores = range(4).flatMap((s) => rows.flatMap((i) => range(NJ / 4).map((v) =>
    `c[(row + ${i}u) * ${size / 4}u + (tileN + (lane ^ ${s}u) * ${NJ}u) / 4u + ${v}u] = vec4f(${range(4).map((e) => `c${s}_${i}_${4 * v + e}`).join(', ')});`)));
  return `enable subgroups;
@group(0) @binding(1) var a: texture_2d<f32>;
@group(0) @binding(2) var b: texture_2d<f32>;
@group(0) @binding(3) var<storage, read_write> c: array<vec4f>;
@group(0) @binding(6) var nearest: sampler;
@compute @workgroup_size(${4 * quads})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) local: u32) {
  let lane = local % 4u;
  let tile = group.x * ${quads}u + local / 4u;
  let row = tile / ${across}u * ${4 * mi}u + lane * ${mi}u;
  let tileN = tile % ${across}u * ${4 * NJ}u;
  let texel = ${4 / size};
  let down = ${1 / size};
  let m0 = f32(row);
  let m4 = m0 / 4.0;
  let n0 = f32(tileN + lane * ${NJ}u);
  let n4 = n0 / 4.0;
  ${range(4).flatMap((s) => rows.flatMap((i) => columns.map((j) => `var c${s}_${i}_${j} = 0.0;`))).join(' ')}
  for (var step = 0u; step < ${size}u; step += 8u) {
    let k = f32(step);
    let k4 = k / 4.0;
    ${[...loadsA, ...loadsB, ...sums].join('\n')}
  }
  ${stores.join('\n')}
}`;
}

/** Products of two square matrices on a device with subgroups: their copies into textures are part of every run. @param mi 8 or 16 */
export async function quadProduct(device: GPUDevice, layout: Layout, size: number, mi: number, [a, b]: readonly Float32Array<ArrayBuffer>[]) {
  const tiles = (size / (4 * mi)) * (size / (4 * NJ));
  const quads = 2 ** Math.max(0, Math.min(3, Math.floor(Math.log2(tiles / ENOUGH_GROUPS))));
  if (size % (4 * mi) !== 0 || tiles % quads !== 0) throw new Error(`${size} is no multiple of ${4 * mi}`);
  const visibility = GPUShaderStage.COMPUTE;
  const texture: GPUTextureBindingLayout = { sampleType: 'unfilterable-float' };
  const group = device.createBindGroupLayout({
    entries: [
      { binding: 1, visibility, texture }, { binding: 2, visibility, texture }, { binding: 3, visibility, buffer: { type: 'storage' } },
      { binding: 6, visibility, sampler: { type: 'non-filtering' } },
    ],
  });
  const pipeline = await device.createComputePipelineAsync({
    layout: device.createPipelineLayout({ bindGroupLayouts: [group] }),
    compute: { module: device.createShaderModule({ code: source(layout, size, mi, quads) }), entryPoint: 'main' },
  });
  const { COPY_SRC, COPY_DST, STORAGE, MAP_READ } = GPUBufferUsage;
  const buffers = [a, b].map((numbers) => {
    const buffer = device.createBuffer({ size: numbers.byteLength, usage: COPY_SRC | COPY_DST });
    device.queue.writeBuffer(buffer, 0, numbers);
    return buffer;
  });
  const textures = buffers.map(() => device.createTexture({ size: [size / 4, size], format: 'rgba32float', usage: GPUTextureUsage.COPY_DST | GPUTextureUsage.TEXTURE_BINDING }));
  const [out, read] = [STORAGE | COPY_SRC, COPY_DST | MAP_READ].map((usage) => device.createBuffer({ size: 4 * size * size, usage }));
  const bound = device.createBindGroup({
    layout: group,
    entries: [
      ...textures.map((each, i) => ({ binding: 1 + i, resource: each.createView() })), { binding: 3, resource: { buffer: out } },
      { binding: 6, resource: device.createSampler() },
    ],
  });
  const submit = (times: number, after: (encoder: GPUCommandEncoder) => void = () => {}) => {
    const encoder = device.createCommandEncoder();
    for (let i = 0; i < times; i++) {
      buffers.forEach((buffer, at) => encoder.copyBufferToTexture({ buffer, bytesPerRow: 4 * size }, { texture: textures[at] }, [size / 4, size]));
      const pass = encoder.beginComputePass();
      pass.setPipeline(pipeline);
      pass.setBindGroup(0, bound);
      pass.dispatchWorkgroups(tiles / quads);
      pass.end();
    }
    after(encoder);
    device.queue.submit([encoder.finish()]);
  };
  return {
    async run(times: number): Promise<void> {
      submit(times);
      await device.queue.onSubmittedWorkDone();
    },
    async result(): Promise<Float32Array> {
      submit(1, (encoder) => encoder.copyBufferToBuffer(out, 0, read, 0, read.size));
      await read.mapAsync(GPUMapMode.READ);
      const numbers = new Float32Array(read.getMappedRange().slice(0));
      read.unmap();
      return numbers;
    },
  };
}
