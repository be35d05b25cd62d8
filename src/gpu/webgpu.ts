/** The engine on WebGPU: opens the adapter, compiles kernels, replays them in one compute pass. Alone touches `GPU` and its kin. */
import { elapsed } from '../core/clock';
import { StudioError } from '../core/errors';
import type { AdapterReport, BufferRange, DeviceShape, Engine, Lowered, Memory, Runnable } from './device';
import { SAMPLER_BINDING, type Binding, type Dispatch, type Fragments, type KernelChoices, type Limits, type Node, type Target, type Tensor } from './graph';
import { Cuts } from './cuts';
import { ProductsInUse } from './products';
import { specialise } from './template';
import { copyTexels, timeLaunches, type Launch } from './webgpuTiming';
import { layoutOf, rowBytes, textureBytes, Textures } from './webgpuTextures';

const UNIFORM_SLOT = 256;
/** What is read back at a time. */
export const READ_BYTES = 1 << 26;

/** Bytes of the buffer for so many. */
export function bufferBytes(size: number): number {
  return Math.max(size, 256);
}

/** Bytes of the launches' sizes. */
export function uniformBytes(launches: number): number {
  return Math.max(1, launches) * UNIFORM_SLOT;
}

const MATRIX_UNITS = 'chromium-experimental-subgroup-matrix';
// A name that the types do not know yet.
const WANTED_FEATURES = ['subgroups', 'timestamp-query', 'shader-f16', MATRIX_UNITS] as GPUFeatureName[];

class GpuMemory implements Memory {
  constructor(readonly buffer: GPUBuffer, private readonly onFree: () => void) {}

  get size(): number {
    return this.buffer.size;
  }

  free(): void {
    this.buffer.destroy();
    this.onFree();
  }
}

function bufferOf(memory: Memory): GPUBuffer {
  if (memory instanceof GpuMemory) return memory.buffer;
  throw new Error('a block of memory belongs to another device');
}

export interface FoundAdapter {
  adapter: GPUAdapter;
  /** It computes on the processor. */
  software: boolean;
}

/** The best adapter there is, or the software one. */
export async function findAdapter(gpu: GPU | undefined, software = false): Promise<FoundAdapter | undefined> {
  const adapter = await gpu?.requestAdapter(software ? { forceFallbackAdapter: true } : { powerPreference: 'high-performance' });
  if (!adapter) return undefined;
  const { isFallbackAdapter, architecture, device, description } = adapter.info;
  return { adapter, software: isFallbackAdapter || /swiftshader|llvmpipe|software/i.test(`${architecture} ${device} ${description}`) };
}

/**
 * The adapter's device, with the adapter's own limits for buffers.
 * @throws StudioError `gpu-no-adapter`
 */
export async function openWebGpu(found: FoundAdapter | undefined): Promise<WebGpuEngine> {
  if (!found) {
    throw new StudioError('gpu-no-adapter', 'No such WebGPU adapter was found.', {
      kept: 'Everything already stored can still be read.',
      remedy: 'Leave the choice of adapter out: where there is no graphics adapter the processor is used. Chromium brings a software adapter.',
    });
  }
  const { adapter, software } = found;
  const { info, limits } = adapter;
  const features = WANTED_FEATURES.filter((feature) => adapter.features.has(feature));
  const device = await adapter.requestDevice({
    requiredFeatures: features,
    requiredLimits: { maxBufferSize: limits.maxBufferSize, maxStorageBufferBindingSize: limits.maxStorageBufferBindingSize },
  });
  const report: AdapterReport = {
    description: info.description || info.device || info.architecture || 'an adapter that does not say its name',
    vendor: info.vendor, architecture: info.architecture, kind: software ? 'software' : 'hardware', features: [...adapter.features].sort(),
  };
  // On a CPU a workgroup larger than one SIMD group only adds barriers, and a smaller one leaves lanes idle.
  const quads = software && device.features.has('subgroups') ? Math.max(2, (info.subgroupMinSize ?? 4) / 4) : 0;
  return new WebGpuEngine(device, report, {
    lanes: software ? 4 : 64, quads, subgroups: device.features.has('subgroups'), halves: device.features.has('shader-f16'), ...subgroupsOf(device, info), texels: device.limits.maxTextureDimension2D, software,
  });
}

interface MatrixConfig {
  componentType: string;
  resultComponentType: string;
  M: number;
  N: number;
  K: number;
}

/** What kernels may know of subgroups. Where they come in several sizes none can know which of its threads work together. */
export function subgroupsOf(device: Pick<GPUDevice, 'features'>, info: GPUAdapterInfo): Pick<Target, 'fragments' | 'subgroupSize'> {
  const { vendor, subgroupMinSize = 0, subgroupMaxSize = 0, subgroupMatrixConfigs = [] } = info as GPUAdapterInfo & { subgroupMatrixConfigs?: Iterable<MatrixConfig> };
  const features: ReadonlySet<string> = device.features;
  // Apple's are all of 32, whatever range its driver names.
  const size = vendor === 'apple' ? 32 : subgroupMinSize === subgroupMaxSize ? subgroupMinSize : 0;
  const subgroupSize = features.has('subgroups') ? size : 0;
  if (!features.has(MATRIX_UNITS) || subgroupSize === 0) return { fragments: [], subgroupSize };
  const fragments = [...subgroupMatrixConfigs].flatMap(({ componentType: type, resultComponentType, M, N, K }): Fragments[] =>
    ((type === 'f32' || type === 'f16') && resultComponentType === 'f32' ? [{ high: M, wide: N, deep: K, type }] : []));
  return { fragments, subgroupSize };
}

export class WebGpuEngine implements Engine {
  rest?: (ms: number) => void;
  room?: number;
  /** Compiled kernels by source. */
  private readonly pipelines = new Map<string, Promise<GPUComputePipeline>>();
  /** The first error that no scope caught. */
  private fault?: string;

  kernels: KernelChoices = {};
  /** Products it was asked for, for the tuner. */
  readonly inUse = new ProductsInUse();
  readonly limits: Limits;
  readonly allocated = { now: 0, peak: 0 };

  constructor(readonly device: GPUDevice, readonly report: AdapterReport, private readonly given: Omit<Target, 'kernels' | 'inUse'>) {
    device.addEventListener('uncapturederror', ({ error }) => (this.fault ??= error.message));
    this.limits = { binding: device.limits.maxStorageBufferBindingSize, block: device.limits.maxBufferSize };
  }

  get target(): Target {
    return { ...this.given, kernels: this.kernels, inUse: this.inUse };
  }

  get shape(): DeviceShape {
    return { kind: 'webgpu', limits: this.limits, target: this.target };
  }

  watchPeak(): void {
    this.allocated.peak = this.allocated.now;
  }

  get lost(): Promise<GPUDeviceLostInfo> {
    return this.device.lost;
  }

  allocate(label: string, size: number): Memory {
    const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
    return this.counted(this.device.createBuffer({ label, size: bufferBytes(size), usage }));
  }

  private counted(buffer: GPUBuffer): GpuMemory {
    return new GpuMemory(buffer, this.count(buffer.size));
  }

  /** Counts so many bytes as held until what it returns is called. */
  private count(bytes: number): () => void {
    const { allocated } = this;
    allocated.now += bytes;
    allocated.peak = Math.max(allocated.peak, allocated.now);
    let held = true;
    return () => {
      if (held) allocated.now -= bytes;
      held = false;
    };
  }

  write(memory: Memory, offset: number, data: Float32Array | Uint32Array): void {
    this.device.queue.writeBuffer(bufferOf(memory), offset, data as BufferSource);
  }

  clear(memory: Memory): void {
    this.submit((encoder) => encoder.clearBuffer(bufferOf(memory)));
  }

  async read(ranges: readonly BufferRange[]): Promise<ArrayBuffer[]> {
    const results = ranges.map(({ size }) => new ArrayBuffer(size));
    const pieces = ranges.flatMap(({ memory, offset, size }, result) => Array.from({ length: Math.ceil(size / READ_BYTES) }, (_, i) => {
      const at = i * READ_BYTES;
      return { buffer: bufferOf(memory), offset: offset + at, size: Math.min(READ_BYTES, size - at), result, at };
    }));
    while (pieces.length > 0) {
      let total = 0;
      let count = 0;
      while (count < pieces.length && total + pieces[count].size <= READ_BYTES) total += pieces[count++].size;
      const batch = pieces.splice(0, count);
      const staging = this.counted(this.device.createBuffer({ label: 'readback', size: total, usage: GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ }));
      let at = 0;
      this.submit((encoder) => {
        for (const { buffer, offset, size } of batch) {
          encoder.copyBufferToBuffer(buffer, offset, staging.buffer, at, size);
          at += size;
        }
      });
      await staging.buffer.mapAsync(GPUMapMode.READ);
      this.failOnFault();
      const bytes = new Uint8Array(staging.buffer.getMappedRange());
      at = 0;
      for (const { size, result, at: to } of batch) new Uint8Array(results[result]).set(bytes.subarray(at, (at += size)), to);
      staging.free();
    }
    return results;
  }

  lower(nodes: readonly Node[]): Lowered {
    const launches = launchesOf(nodes, this.target);
    const dispatches = launches.map(({ dispatch }) => dispatch);
    return {
      uses: dispatches.map(({ bindings }) => bindings),
      place: (rangeOf) => this.place(launches.map(({ node }) => node), dispatches, rangeOf),
    };
  }

  async idle(): Promise<void> {
    await this.device.queue.onSubmittedWorkDone().catch(() => {});
  }

  /** @param nodes each dispatch's. */
  private async place(nodes: readonly Node[], dispatches: readonly Dispatch[], rangeOf: (tensor: Tensor) => BufferRange): Promise<Runnable> {
    const pipelines = await Promise.all(dispatches.map((dispatch) => this.pipelineFor(dispatch)));
    const uniforms = this.counted(uniformBuffer(this.device, dispatches));
    const resource = (tensor: Tensor) => {
      const { memory, offset, size } = rangeOf(tensor);
      return { buffer: bufferOf(memory), offset, size };
    };
    const textures = new Textures(this.device);
    const uncount = this.count(textureBytes(dispatches));
    const launches = dispatches.map(({ bindings, groups: [x, y = 1, z = 1] }, i): Launch => {
      const copies: Launch['copies'] = [];
      const bound = (binding: Binding): GPUBindingResource => {
        const place = resource(binding.tensor);
        if (!binding.texture) return place;
        const { width, height } = binding.texture;
        const texture = textures.of(binding.binding, binding.texture);
        copies.push({ from: { buffer: place.buffer, offset: place.offset, bytesPerRow: rowBytes(binding.texture) }, to: { texture }, size: [width, height] });
        return texture.createView();
      };
      const entries: GPUBindGroupEntry[] = [
        { binding: 0, resource: { buffer: uniforms.buffer, offset: i * UNIFORM_SLOT, size: UNIFORM_SLOT } },
        ...bindings.map((binding) => ({ binding: binding.binding, resource: bound(binding) })),
      ];
      if (copies.length > 0) entries.push({ binding: SAMPLER_BINDING, resource: textures.sampler });
      const group = this.device.createBindGroup({ layout: pipelines[i].getBindGroupLayout(0), entries });
      return { pipeline: pipelines[i], group, groups: [x, y, z], copies };
    });
    const cuts = new Cuts(launches.length);
    return {
      run: (times) => this.runInCuts(launches, cuts, times),
      time: async () => (await timeLaunches(this.device, launches)).map((ms, i) => ({ node: nodes[i], kernel: nodes[i].op.name, ms })),
      free: () => {
        uniforms.free();
        textures.free();
        uncount();
      },
    };
  }

  private runInCuts(launches: readonly Launch[], cuts: Cuts, times: number): void {
    const ends = cuts.ends(times);
    const told = cuts.wanted() ? [this.whenDone()] : undefined;
    cuts.count();
    let from = 0;
    for (const end of ends) {
      const encoder = this.device.createCommandEncoder();
      encode(encoder, launches, from, end);
      this.device.queue.submit([encoder.finish()]);
      told?.push(this.whenDone());
      from = end;
    }
    // A lost device is told of elsewhere.
    if (told) Promise.all(told).then((at) => cuts.learn(ends, at), () => {});
  }

  /** When all that was submitted is done, as `elapsed` counts. */
  private whenDone(): Promise<number> {
    return this.device.queue.onSubmittedWorkDone().then(elapsed);
  }

  private submit(record: (encoder: GPUCommandEncoder) => void): void {
    const encoder = this.device.createCommandEncoder();
    record(encoder);
    this.device.queue.submit([encoder.finish()]);
  }

  private pipelineFor({ shader, settings, bindings }: Dispatch): Promise<GPUComputePipeline> {
    const code = specialise(shader, settings);
    let pipeline = this.pipelines.get(code);
    if (!pipeline) {
      // A kernel that is only tried may not compile: whoever wanted it is told, and the device is still good.
      this.device.pushErrorScope('validation');
      const module = this.device.createShaderModule({ code });
      const refused = this.device.popErrorScope();
      const compiled = this.device.createComputePipelineAsync({ layout: layoutOf(this.device, bindings), compute: { module, entryPoint: 'main' } });
      compiled.catch(() => {});
      pipeline = refused.then((error) => (error ? Promise.reject(new Error(error.message)) : compiled));
      this.pipelines.set(code, pipeline);
    }
    return pipeline;
  }

  private failOnFault(): void {
    if (this.fault === undefined) return;
    throw new StudioError('gpu-fault', `The graphics adapter refused a command: ${this.fault.split('\n')[0].slice(0, 300)}`, {
      kept: 'Everything up to the last checkpoint.',
      remedy: 'If memory ran out, use a smaller batch or student; else please report this with the self-test\u2019s table.',
    });
  }
}

/** Every launch of the nodes in order, with the node it is for. */
export function launchesOf(nodes: readonly Node[], target: Target): { node: Node; dispatch: Dispatch }[] {
  return nodes.flatMap((node) => [node.op.dispatch(node, target)].flat().map((dispatch) => ({ node, dispatch })));
}

/** Records launches [from, end), going round where there are fewer: into one compute pass but for copies, which only go between passes. */
function encode(encoder: GPUCommandEncoder, launches: readonly Launch[], from: number, end: number): void {
  let pass = encoder.beginComputePass();
  let last: GPUComputePipeline | undefined;
  for (let i = from; i < end; i++) {
    const launch = launches[i % launches.length];
    const { pipeline, group, groups } = launch;
    if (launch.copies.length > 0) {
      pass.end();
      copyTexels(encoder, launch);
      pass = encoder.beginComputePass();
      last = undefined;
    }
    if (pipeline !== last) pass.setPipeline(pipeline);
    last = pipeline;
    pass.setBindGroup(0, group);
    pass.dispatchWorkgroups(groups[0], groups[1], groups[2]);
  }
  pass.end();
}

function uniformBuffer(device: GPUDevice, dispatches: readonly Dispatch[]): GPUBuffer {
  const bytes = new ArrayBuffer(uniformBytes(dispatches.length));
  const view = new DataView(bytes);
  dispatches.forEach(({ uniforms }, i) => {
    uniforms.forEach((value, j) => {
      const at = i * UNIFORM_SLOT + 4 * j;
      if (typeof value === 'number') view.setUint32(at, value, true);
      else view.setFloat32(at, value.f32, true);
    });
  });
  const buffer = device.createBuffer({ label: 'sizes', size: bytes.byteLength, usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST });
  device.queue.writeBuffer(buffer, 0, bytes);
  return buffer;
}
