/**
 * What the engine asks of whatever runs it. `webgpu.ts` is one answer and `processor/` another;
 * nothing above knows which one it has.
 */
import type { KernelChoices, Limits, Node, Target, Tensor } from './graph';

export interface AdapterReport {
  description: string;
  vendor: string;
  architecture: string;
  /** A software adapter is right, but slow; the processor runs kernels of its own. */
  kind: 'hardware' | 'software' | 'processor';
  features: string[];
}

/** What a plan must know of a device that is not there: enough to say what it would hold (rehearsal.ts). */
export type DeviceShape = { limits: Limits } & ({ kind: 'webgpu'; target: Target } | { kind: 'processor'; threads: number });

/** A block of the device's memory. */
export interface Memory {
  /** Bytes. */
  readonly size: number;
  free(): void;
}

/** Part of a block, in bytes. */
export interface BufferRange {
  memory: Memory;
  offset: number;
  size: number;
}

/** What one kernel launch touches. */
export interface Use {
  tensor: Tensor;
  write?: boolean;
}

/** Nodes turned into this device's kernels, before their tensors have places. */
export interface Lowered {
  /** One list a launch, in order. */
  uses: readonly (readonly Use[])[];
  /** Binds the kernels to memory. Running what it gives allocates nothing. */
  place(rangeOf: (tensor: Tensor) => BufferRange): Promise<Runnable>;
}

/** One kernel launch, and how long it took by itself. */
export interface LaunchTime {
  node: Node;
  kernel: string;
  ms: number;
}

export interface Runnable {
  /** Starts every launch in order, `times` over; returns before they are done where the device works on its own. */
  run(times: number): void;
  /** Runs each launch a number of times over, in order, and times it. What the program wrote is worth nothing afterwards. */
  time(): Promise<LaunchTime[]>;
  free(): void;
}

export interface Engine {
  readonly report: AdapterReport;
  readonly limits: Limits;
  readonly shape: DeviceShape;
  /** Kernels that the tuner found best here; what is lowered from now on uses them. */
  kernels: KernelChoices;
  /** Bytes it can hold in all; absent where it does not tell, as WebGPU does not. */
  room?: number;
  /** Bytes of all blocks now, and the most there have been since the device was opened or `watchPeak` called. */
  readonly allocated: Readonly<{ now: number; peak: number }>;
  /** Counts the peak from what is held now. */
  watchPeak(): void;
  /** Resolves when the device is lost, with its reason; pending until then. */
  readonly lost: Promise<{ message: string }>;
  /**
   * Blocks the thread for about that long: set in Node only, where Dawn spins while it waits for the adapter and would take a
   * core from a software one.
   */
  rest?: (ms: number) => void;
  /** A zeroed block of at least `size` bytes. */
  allocate(label: string, size: number): Memory;
  write(memory: Memory, offset: number, data: Float32Array | Uint32Array): void;
  clear(memory: Memory): void;
  /**
   * Copies ranges to the host, after all that was started before. Each result is a fresh copy.
   * @throws StudioError `gpu-fault` if the device refused any command since it was opened: nothing read after that is to be trusted.
   */
  read(ranges: readonly BufferRange[]): Promise<ArrayBuffer[]>;
  lower(nodes: readonly Node[]): Lowered;
  /** Resolves when all that was started is done. */
  idle(): Promise<void>;
}

/**
 * The engine with its choice of kernels held fast, whatever the tuner finds meanwhile: another kernel sums in another order, and a run
 * that goes on must come to the same bits.
 * @param kernels those the run began with; absent: those of now.
 */
export function holdKernels(engine: Engine, kernels: KernelChoices = engine.kernels): Engine {
  return Object.create(engine, { kernels: { value: { ...kernels } } }) as Engine;
}
