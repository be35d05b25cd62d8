/** A graph made ready to run: kernels compiled, memory placed, bind groups made once. Running it allocates nothing. */
import { specialise } from './template';
import { bytesOf, planMemory, rootOf, type Plan } from './plan';
import { type Dispatch, type Graph, type Pool, type Tensor } from './graph';
import { failOnFault, type Engine } from './device';

const UNIFORM_SLOT = 256;

export interface BufferRange {
  buffer: GPUBuffer;
  /** Bytes. */
  offset: number;
  size: number;
}

interface Launch {
  pipeline: GPUComputePipeline;
  group: GPUBindGroup;
  groups: [number, number, number];
}

/** Long-lived buffers, each with the tensors it holds. A tensor's bytes start on a 256-byte border. */
export class Pools {
  readonly buffers = new Map<Pool, GPUBuffer>();
  private readonly offsets = new Map<Tensor, number>();

  /** @param shared pools this one can see as well: parameters that several programs use. Destroyed on their own. */
  constructor(readonly engine: Engine, private readonly shared?: Pools) {}

  /** Lays `tensors` out in one new, zeroed buffer. */
  create(pool: Pool, tensors: readonly Tensor[]): GPUBuffer {
    let bytes = 0;
    for (const tensor of tensors) {
      this.offsets.set(tensor, bytes);
      bytes += Math.ceil(bytesOf(tensor) / 256) * 256;
    }
    const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST | GPUBufferUsage.COPY_SRC;
    const buffer = this.engine.device.createBuffer({ label: pool, size: Math.max(bytes, 256), usage });
    this.buffers.set(pool, buffer);
    return buffer;
  }

  offsetOf(tensor: Tensor): number {
    const offset = this.offsets.get(rootOf(tensor));
    if (offset === undefined && this.shared) return this.shared.offsetOf(tensor);
    if (offset === undefined) throw new Error(`${tensor.name} has no place in pool ${tensor.pool}`);
    return offset + tensor.offset * 4;
  }

  bufferOf(tensor: Tensor): GPUBuffer {
    const buffer = this.offsets.has(rootOf(tensor)) ? this.buffers.get(tensor.pool) : this.shared?.bufferOf(tensor);
    if (!buffer) throw new Error(`pool ${tensor.pool} does not exist`);
    return buffer;
  }

  rangeOf(tensor: Tensor): BufferRange {
    return { buffer: this.bufferOf(tensor), offset: this.offsetOf(tensor), size: bytesOf(tensor) };
  }

  write(tensor: Tensor, data: Float32Array | Uint32Array): void {
    this.engine.device.queue.writeBuffer(this.bufferOf(tensor), this.offsetOf(tensor), data as BufferSource);
  }

  destroy(): void {
    for (const buffer of this.buffers.values()) buffer.destroy();
  }
}

/** Buffers for temporaries, grown to the largest program that shares them. */
export class Arenas {
  readonly buffers: GPUBuffer[] = [];
  /** Outgrown, but still bound by programs compiled before: compile the largest program first. */
  private readonly outgrown: GPUBuffer[] = [];

  constructor(private readonly device: GPUDevice) {}

  reserve(plan: Plan): void {
    plan.arenas.forEach((bytes, i) => {
      if (this.buffers[i] && this.buffers[i].size >= bytes) return;
      if (this.buffers[i]) this.outgrown.push(this.buffers[i]);
      const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
      this.buffers[i] = this.device.createBuffer({ label: `arena ${i}`, size: bytes, usage });
    });
  }

  bytes(): number {
    return [...this.buffers, ...this.outgrown].reduce((sum, { size }) => sum + size, 0);
  }

  destroy(): void {
    for (const buffer of [...this.buffers, ...this.outgrown]) buffer.destroy();
  }
}

export class Program {
  private constructor(
    readonly dispatches: readonly Dispatch[], readonly plan: Plan, private readonly launches: Launch[],
    private readonly uniforms: GPUBuffer, private readonly pools: Pools, private readonly arenas: Arenas,
  ) {}

  /**
   * @param keep temporaries the host will read after a run.
   * @param arenas shared with other programs that never run at the same time; reserved to fit this one.
   */
  static async compile(graph: Graph, pools: Pools, arenas: Arenas, keep: readonly Tensor[] = []): Promise<Program> {
    const { engine } = pools;
    const dispatches = graph.nodes.map((node) => node.op.dispatch(node, engine.target));
    const plan = planMemory(dispatches, keep);
    arenas.reserve(plan);
    const uniforms = uniformBuffer(engine.device, dispatches);
    const pipelines = await Promise.all(dispatches.map((dispatch) => pipelineFor(engine, dispatch)));
    const launches = dispatches.map(({ bindings, groups: [x, y = 1, z = 1] }, i): Launch => {
      const entries: GPUBindGroupEntry[] = [
        { binding: 0, resource: { buffer: uniforms, offset: i * UNIFORM_SLOT, size: UNIFORM_SLOT } },
        ...bindings.map(({ binding, tensor }) => ({ binding, resource: range(tensor, plan, pools, arenas) })),
      ];
      const group = engine.device.createBindGroup({ layout: pipelines[i].getBindGroupLayout(0), entries });
      return { pipeline: pipelines[i], group, groups: [x, y, z] };
    });
    return new Program(dispatches, plan, launches, uniforms, pools, arenas);
  }

  /** Records every dispatch into one compute pass. */
  private encode(encoder: GPUCommandEncoder): void {
    const pass = encoder.beginComputePass();
    let last: GPUComputePipeline | undefined;
    for (const { pipeline, group, groups } of this.launches) {
      if (pipeline !== last) pass.setPipeline(pipeline);
      last = pipeline;
      pass.setBindGroup(0, group);
      pass.dispatchWorkgroups(groups[0], groups[1], groups[2]);
    }
    pass.end();
  }

  /** Submits the program, `times` over. */
  run(times = 1): void {
    const { device } = this.pools.engine;
    const encoder = device.createCommandEncoder();
    for (let i = 0; i < times; i++) this.encode(encoder);
    device.queue.submit([encoder.finish()]);
  }

  /** Where a tensor lies, for copies. */
  rangeOf(tensor: Tensor): BufferRange {
    return range(tensor, this.plan, this.pools, this.arenas);
  }

  destroy(): void {
    this.uniforms.destroy();
  }
}

function range(tensor: Tensor, plan: Plan, pools: Pools, arenas: Arenas): BufferRange {
  const size = bytesOf(tensor);
  if (tensor.pool !== 'temp') return pools.rangeOf(tensor);
  const place = plan.places.get(rootOf(tensor));
  if (!place) throw new Error(`${tensor.name} is used by no dispatch`);
  return { buffer: arenas.buffers[place.arena], offset: place.offset + tensor.offset * 4, size };
}

function uniformBuffer(device: GPUDevice, dispatches: readonly Dispatch[]): GPUBuffer {
  const bytes = new ArrayBuffer(Math.max(1, dispatches.length) * UNIFORM_SLOT);
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

function pipelineFor(engine: Engine, { shader, settings }: Dispatch): Promise<GPUComputePipeline> {
  const code = specialise(shader, settings);
  let pipeline = engine.pipelines.get(code);
  if (!pipeline) {
    const module = engine.device.createShaderModule({ code });
    pipeline = engine.device.createComputePipelineAsync({ layout: 'auto', compute: { module, entryPoint: 'main' } });
    engine.pipelines.set(code, pipeline);
  }
  return pipeline;
}

/**
 * Copies tensors or buffer ranges to the host in one submit. Each result is a fresh copy.
 * @throws StudioError `gpu-fault` if the adapter refused any command since the device was opened: nothing read after that is to be
 *   trusted.
 */
export async function readRanges(device: GPUDevice, ranges: readonly BufferRange[]): Promise<ArrayBuffer[]> {
  const total = ranges.reduce((sum, { size }) => sum + size, 0);
  const staging = device.createBuffer({ label: 'readback', size: total, usage: GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ });
  const encoder = device.createCommandEncoder();
  let at = 0;
  for (const { buffer, offset, size } of ranges) {
    encoder.copyBufferToBuffer(buffer, offset, staging, at, size);
    at += size;
  }
  device.queue.submit([encoder.finish()]);
  await staging.mapAsync(GPUMapMode.READ);
  failOnFault(device);
  const bytes = staging.getMappedRange().slice(0);
  staging.destroy();
  at = 0;
  return ranges.map(({ size }) => bytes.slice(at, (at += size)));
}
