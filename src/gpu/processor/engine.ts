/** The engine on the processor: SIMD kernels in Wasm on one memory, shared by as many threads as there are. */
import { elapsed } from '../../core/clock';
import { StudioError } from '../../core/errors';
import type { AdapterReport, BufferRange, DeviceShape, Engine, Lowered, Memory } from '../device';
import { UNLIMITED, type Node } from '../graph';
import { Heap, type HeapBlock } from './heap';
import { compileKernels, type KernelModule } from './kernelModule';
import { addressOf, lowerForProcessor, type Processor } from './program';
import { Scratch } from './scratch';
import { startKernels, type KernelExports, type ThreadStart } from './serve';

/** Below this address lie the kernels' constants and what the threads share (kernels/scheduler.ts). */
const HEAP_START = 65536;
/** Where each thread finds the address of its own scratch; kernels/scheduler.ts reads it. */
const OWN_ADDRESSES = 320;
/** More threads than this share too little work to be worth their waiting. */
const MOST_THREADS = 16;
/** Floats each thread has to itself from the start. */
export const FIRST_OWN = 64;
/** Pages of 64 KB: as much as can be had of 4 GB. */
const MOST_PAGES = [65536, 32768, 16384];
/** The thread is busy while a program runs; other messages get their turn this often. */
const TURN_MS = 20;

export interface ProcessorOptions {
  /** Threads to use, this one included; 1 where memory cannot be shared. */
  threads: number;
  /** Starts a thread that calls `serve`. */
  startThread(start: ThreadStart): void;
  /** Whether to use fused multiply-add; absent: where the engine has it. */
  relaxed?: boolean;
}

/** @throws StudioError `processor-no-simd` */
export async function openProcessor({ threads, startThread, relaxed }: ProcessorOptions): Promise<Engine> {
  let kernels: KernelModule;
  try {
    kernels = await compileKernels(relaxed);
  } catch (cause) {
    throw new StudioError('processor-no-simd', 'This browser cannot run the kernels for the processor: it has no Wasm SIMD.', {
      kept: 'Everything already stored can still be read.', remedy: 'Use a browser of 2023 or later.', cause,
    });
  }
  const { memory, room } = sharedMemory();
  const count = Math.max(1, Math.min(threads, MOST_THREADS));
  const { exports, names } = startKernels({ module: kernels.module, memory, thread: 0 });
  const engine = new ProcessorEngine(memory, room, exports, names, count, kernels.relaxed);
  for (let thread = 1; thread < count; thread++) startThread({ module: kernels.module, memory, thread });
  return engine;
}

function sharedMemory(): { memory: WebAssembly.Memory; room: number } {
  for (const maximum of MOST_PAGES) {
    try {
      return { memory: new WebAssembly.Memory({ initial: 2, maximum, shared: true }), room: maximum * 65536 - HEAP_START };
    } catch {
      // An address space too small for this one may have room for the next.
    }
  }
  throw new StudioError('processor-memory', 'There is no room for the memory that the processor needs.', { remedy: 'Close other pages and try again.' });
}

class ProcessorEngine implements Engine, Processor {
  readonly report: AdapterReport;
  /** A processor is not lost while its page or process lives. */
  readonly lost = new Promise<never>(() => {});
  readonly limits = UNLIMITED;
  kernels = {};
  readonly heap: Heap;
  private readonly scratch: Scratch<HeapBlock>;
  private lastTurn = elapsed();

  constructor(memory: WebAssembly.Memory, public room: number, private readonly exports: KernelExports, private readonly names: readonly string[],
    private readonly threads: number, relaxed: boolean) {
    this.heap = new Heap(memory, HEAP_START);
    this.scratch = new Scratch((bytes) => this.heap.allocate(bytes), threads);
    this.reserveOwn(FIRST_OWN);
    this.report = {
      description: `Processor (Wasm SIMD, ${threads} ${threads === 1 ? 'thread' : 'threads'})`, vendor: '', architecture: 'wasm',
      kind: 'processor', features: ['simd', ...(relaxed ? ['relaxed-simd'] : []), ...(threads > 1 ? ['threads'] : [])],
    };
  }

  get shape(): DeviceShape {
    return { kind: 'processor', limits: this.limits, threads: this.threads };
  }

  get allocated() {
    return this.heap.allocated;
  }

  watchPeak(): void {
    this.heap.allocated.peak = this.heap.allocated.now;
  }

  allocate(_label: string, size: number): Memory {
    return this.heap.allocate(size);
  }

  write(memory: Memory, offset: number, data: Float32Array | Uint32Array): void {
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    this.heap.bytes(addressOf({ memory, offset, size: bytes.length }), bytes.length).set(bytes);
  }

  clear(memory: Memory): void {
    this.heap.bytes(addressOf({ memory, offset: 0, size: memory.size }), memory.size).fill(0);
  }

  async read(ranges: readonly BufferRange[]): Promise<ArrayBuffer[]> {
    if (elapsed() - this.lastTurn > TURN_MS) {
      await new Promise((resolve) => setTimeout(resolve, 0));
      this.lastTurn = elapsed();
    }
    return ranges.map((range) => this.heap.bytes(addressOf(range), range.size).slice().buffer as ArrayBuffer);
  }

  lower(nodes: readonly Node[]): Lowered {
    return lowerForProcessor(nodes, this);
  }

  async idle(): Promise<void> {}

  kernelNumber(name: string): number {
    const number = this.names.indexOf(name);
    if (number < 0) throw new Error(`there is no kernel ${name}`);
    return number;
  }

  reserveOwn(floats: number): void {
    const moved = this.scratch.reserveOwn(floats);
    const view = new DataView(this.heap.memory.buffer);
    moved?.forEach(({ address }, thread) => view.setUint32(OWN_ADDRESSES + 4 * thread, address, true));
  }

  takeScratch(floats: number): { block: HeapBlock; free: () => void } {
    return this.scratch.take(floats);
  }

  run(records: number): void {
    this.exports.run(records);
  }
}
