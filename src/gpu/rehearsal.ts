/**
 * An engine that computes nothing and counts: programs are made on it as on the device it stands for, so that what they will hold is
 * known before any of it is there. No number of an estimate comes from anywhere else.
 */
import type { AdapterReport, DeviceShape, Engine, Lowered, Memory } from './device';
import type { KernelChoices, Limits, Node } from './graph';
import { FIRST_OWN } from './processor/engine';
import { heapBytes } from './processor/heap';
import { rehearseForProcessor } from './processor/program';
import { Scratch } from './processor/scratch';
import { bufferBytes, launchesOf, READ_BYTES, uniformBytes } from './webgpu';
import { textureBytes } from './webgpuTextures';

/** WebGPU with the limits that every adapter grants. */
export const DEFAULT_DEVICE: DeviceShape = {
  kind: 'webgpu', limits: { binding: 2 ** 27, block: 2 ** 28 }, target: { lanes: 64, quads: 0, subgroups: false, halves: false, fragments: [], subgroupSize: 0, texels: 0, software: false, kernels: {} },
};

export class Rehearsal implements Engine {
  readonly report: AdapterReport;
  readonly limits: Limits;
  readonly kernels: KernelChoices = {};
  readonly lost = new Promise<never>(() => {});
  readonly allocated = { now: 0, peak: 0 };
  /** Bytes held now, by the label of their block. */
  readonly held = new Map<string, number>();
  private readonly scratch?: Scratch<Memory>;

  constructor(readonly shape: DeviceShape) {
    this.limits = shape.limits;
    this.report = { description: `rehearsal of ${shape.kind}`, vendor: '', architecture: '', kind: shape.kind === 'processor' ? 'processor' : 'hardware', features: [] };
    if (shape.kind === 'webgpu') return;
    this.scratch = new Scratch((bytes) => this.allocate('scratch', bytes), shape.threads);
    this.scratch.reserveOwn(FIRST_OWN);
  }

  watchPeak(): void {
    this.allocated.peak = this.allocated.now;
  }

  allocate(label: string, size: number): Memory {
    const bytes = this.shape.kind === 'processor' ? heapBytes(size) : bufferBytes(size);
    this.count(label, bytes);
    let held = true;
    return {
      size,
      free: () => {
        if (held) this.count(label, -bytes);
        held = false;
      },
    };
  }

  private count(label: string, bytes: number): void {
    const { allocated, held } = this;
    held.set(label, (held.get(label) ?? 0) + bytes);
    allocated.now += bytes;
    allocated.peak = Math.max(allocated.peak, allocated.now);
  }

  /** Bytes that reading so many to the host takes on the device, for as long as it lasts. */
  readback(bytes: number): number {
    return this.shape.kind === 'processor' ? 0 : Math.min(bytes, READ_BYTES);
  }

  write(): void {}

  clear(): void {}

  async read(): Promise<never> {
    throw new Error('a rehearsal has no numbers');
  }

  async idle(): Promise<void> {}

  lower(nodes: readonly Node[]): Lowered {
    const { shape, scratch } = this;
    const allocate = (bytes: number) => this.allocate('scratch', bytes);
    if (scratch) {
      return rehearseForProcessor(nodes, allocate, { reserveOwn: (floats) => scratch.reserveOwn(floats), takeScratch: (floats) => scratch.take(floats) });
    }
    if (shape.kind !== 'webgpu') throw new Error('a processor has scratch');
    const dispatches = launchesOf(nodes, shape.target).map(({ dispatch }) => dispatch);
    return {
      uses: dispatches.map(({ bindings }) => bindings),
      place: async () => {
        const texels = textureBytes(dispatches);
        const held = [uniformBytes(dispatches.length), ...(texels > 0 ? [texels] : [])].map(allocate);
        return { run() {}, time: async () => [], free: () => held.forEach(({ free }) => free()) };
      },
    };
  }
}
