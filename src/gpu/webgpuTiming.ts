/** How long each launch of a program takes on the adapter: by its own timestamps where it has them, else each launch by itself. */
import { elapsed } from '../core/clock';

/** One kernel launch, ready. */
export interface Launch {
  pipeline: GPUComputePipeline;
  group: GPUBindGroup;
  groups: [number, number, number];
  /** Textures to fill first, each from a part of a buffer. */
  copies: { from: GPUTexelCopyBufferInfo; to: GPUTexelCopyTextureInfo; size: GPUExtent3DStrict }[];
}

export function copyTexels(encoder: GPUCommandEncoder, { copies }: Launch): void {
  for (const { from, to, size } of copies) encoder.copyBufferToTexture(from, to, size);
}

/** Short launches are repeated to about so long: clocks of browsers are coarse. */
const LONG_ENOUGH_MS = 2;
const MOST_REPEATS = 200;
/** A query set holds at most 4,096. */
const LAUNCHES_A_SET = 2048;

/** ms of each launch, in order. What the launches write is written again and again: run it on memory whose contents no longer matter. */
export async function timeLaunches(device: GPUDevice, launches: readonly Launch[]): Promise<number[]> {
  const measure = device.features.has('timestamp-query') ? byTimestamps : oneByOne;
  const once = launches.map(() => 1);
  // The first time around kernels may still be compiled.
  const first = await measure(device, launches, once);
  const times = (await measure(device, launches, once)).map((ms, i) => Math.min(ms, first[i]));
  const short = launches.flatMap((_, i) => (times[i] < LONG_ENOUGH_MS ? [i] : []));
  const repeats = short.map((i) => Math.min(MOST_REPEATS, Math.ceil(LONG_ENOUGH_MS / Math.max(0.01, times[i]))));
  const again = await measure(device, short.map((i) => launches[i]), repeats);
  short.forEach((i, at) => (times[i] = again[at]));
  return times;
}

function record(pass: GPUComputePassEncoder, { pipeline, group, groups }: Launch, repeats: number): void {
  pass.setPipeline(pipeline);
  pass.setBindGroup(0, group);
  for (let i = 0; i < repeats; i++) pass.dispatchWorkgroups(groups[0], groups[1], groups[2]);
  pass.end();
}

async function byTimestamps(device: GPUDevice, launches: readonly Launch[], repeats: readonly number[]): Promise<number[]> {
  const result: number[] = [];
  for (let from = 0; from < launches.length; from += LAUNCHES_A_SET) {
    const part = launches.slice(from, from + LAUNCHES_A_SET);
    const querySet = device.createQuerySet({ type: 'timestamp', count: 2 * part.length });
    const size = 16 * part.length;
    const resolved = device.createBuffer({ size, usage: GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC });
    const readable = device.createBuffer({ size, usage: GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ });
    part.forEach((launch, i) => {
      const encoder = device.createCommandEncoder();
      copyTexels(encoder, launch);
      const pass = encoder.beginComputePass({ timestampWrites: { querySet, beginningOfPassWriteIndex: 2 * i, endOfPassWriteIndex: 2 * i + 1 } });
      record(pass, launch, repeats[from + i]);
      device.queue.submit([encoder.finish()]);
    });
    const encoder = device.createCommandEncoder();
    encoder.resolveQuerySet(querySet, 0, 2 * part.length, resolved, 0);
    encoder.copyBufferToBuffer(resolved, 0, readable, 0, size);
    device.queue.submit([encoder.finish()]);
    await readable.mapAsync(GPUMapMode.READ);
    const ticks = new BigInt64Array(readable.getMappedRange());
    part.forEach((_, i) => result.push(Number(ticks[2 * i + 1] - ticks[2 * i]) / 1e6 / repeats[from + i]));
    querySet.destroy();
    resolved.destroy();
    readable.destroy();
  }
  return result;
}

async function oneByOne(device: GPUDevice, launches: readonly Launch[], repeats: readonly number[]): Promise<number[]> {
  const { queue } = device;
  const timed = async (work: (pass: GPUComputePassEncoder) => void, launch?: Launch): Promise<number> => {
    const since = elapsed();
    const encoder = device.createCommandEncoder();
    if (launch) copyTexels(encoder, launch);
    work(encoder.beginComputePass());
    queue.submit([encoder.finish()]);
    await queue.onSubmittedWorkDone();
    return elapsed() - since;
  };
  await queue.onSubmittedWorkDone();
  const empty = await timed((pass) => pass.end());
  const result: number[] = [];
  for (const [i, launch] of launches.entries()) {
    const ms = await timed((pass) => record(pass, launch, repeats[i]), launch);
    result.push(Math.max(0, ms - empty) / repeats[i]);
  }
  return result;
}
