/** Nodes placed in the processor's memory: records for the kernels, and references for ops that have none. */
import { elapsed } from '../../core/clock';
import type { BufferRange, LaunchTime, Lowered, Memory, Runnable, Use } from '../device';
import type { KernelCall, KernelCalls, Node, Tensor } from '../graph';
import { HeapBlock, type Heap } from './heap';

const RECORD_WORDS = 32;

/** What a program needs of its engine. */
export interface Processor {
  heap: Heap;
  /** A kernel's place in the table. */
  kernelNumber(name: string): number;
  /** Sees to it that every thread has at least so many floats of its own. */
  reserveOwn(floats: number): void;
  /** At least so many floats that a launch's threads share. */
  takeScratch(floats: number): { block: HeapBlock; free: () => void };
  /** Runs the records at an address to their end. */
  run(records: number): void;
}

/** Either a run of nodes with kernels, or one node to be done by its reference. */
type Segment = { nodes: Node[]; calls: KernelCalls[] } | { node: Node };

export function lowerForProcessor(nodes: readonly Node[], processor: Processor): Lowered {
  const segments = segmentsOf(nodes);
  return { uses: usesOf(nodes), place: async (rangeOf) => place(segments, rangeOf, processor) };
}

function usesOf(nodes: readonly Node[]): Use[][] {
  return nodes.map(({ inputs, outputs }): Use[] => [
    ...inputs.map((tensor) => ({ tensor })), ...outputs.map((tensor) => ({ tensor, write: true })),
  ]);
}

/** The same where nothing runs: memory is taken as `place` takes it, and nothing written there. */
export function rehearseForProcessor(nodes: readonly Node[], allocate: (bytes: number) => Memory,
  { reserveOwn, takeScratch }: { reserveOwn(floats: number): void; takeScratch(floats: number): { free: () => void } }): Lowered {
  const segments = segmentsOf(nodes);
  return {
    uses: usesOf(nodes),
    async place() {
      const { own, shared, records } = needsOf(segments);
      reserveOwn(own);
      const scratch = takeScratch(shared);
      const blocks = records.map(allocate);
      return { run() {}, time: async () => [], free: () => [scratch, ...blocks].forEach((block) => block.free()) };
    },
  };
}

/** Floats a thread has to itself, floats all share, and bytes of each run of records. */
function needsOf(segments: readonly Segment[]): { own: number; shared: number; records: number[] } {
  const runs = segments.flatMap((segment) => ('calls' in segment ? [segment.calls] : []));
  const most = (of: 'own' | 'scratch') => runs.reduce((max, run) => run.reduce((known, calls) => Math.max(known, calls[of] ?? 0), max), 0);
  return { own: most('own'), shared: most('scratch'), records: runs.map((run) => recordBytes(run.flatMap(({ calls }) => calls).length)) };
}

/** One record more than there are calls: without units, it ends the list. */
function recordBytes(calls: number): number {
  return (calls + 1) * RECORD_WORDS * 4;
}

function segmentsOf(nodes: readonly Node[]): Segment[] {
  const segments: Segment[] = [];
  for (const node of nodes) {
    const calls = node.op.kernels?.(node);
    const last = segments.at(-1);
    if (!calls) segments.push({ node });
    else if (last && 'calls' in last) {
      last.nodes.push(node);
      last.calls.push(calls);
    } else segments.push({ nodes: [node], calls: [calls] });
  }
  return segments;
}

function place(segments: readonly Segment[], rangeOf: (tensor: Tensor) => BufferRange, processor: Processor): Runnable {
  const { heap } = processor;
  const { own, shared } = needsOf(segments);
  processor.reserveOwn(own);
  const scratch = processor.takeScratch(shared);
  const blocks: { free(): void }[] = [scratch];
  const steps = segments.map((segment): (() => void) => {
    if ('node' in segment) return () => runReference(segment.node, rangeOf, heap);
    const calls = segment.calls.flatMap((each) => each.calls);
    const records = heap.allocate(recordBytes(calls.length));
    blocks.push(records);
    const view = new DataView(heap.memory.buffer, records.address);
    calls.forEach((call, i) => writeRecord(call, i * RECORD_WORDS * 4, view, rangeOf, scratch.block.address, processor));
    return () => processor.run(records.address);
  });
  return {
    run(times) {
      for (let i = 0; i < times; i++) for (const step of steps) step();
    },
    async time() {
      // One record, and the one that ends the list.
      const single = heap.allocate(recordBytes(1));
      const times = segments.flatMap((segment): LaunchTime[] => {
        if ('node' in segment) return [{ node: segment.node, kernel: 'reference', ms: timeOne(() => runReference(segment.node, rangeOf, heap)) }];
        return segment.calls.flatMap(({ calls }, i) => calls.map((call) => {
          writeRecord(call, 0, new DataView(heap.memory.buffer, single.address), rangeOf, scratch.block.address, processor);
          return { node: segment.nodes[i], kernel: call.kernel, ms: timeOne(() => processor.run(single.address)) };
        }));
      });
      single.free();
      return times;
    },
    free() {
      for (const block of blocks) block.free();
    },
  };
}

/** Short calls are repeated to about so long: clocks of browsers are coarse. */
const LONG_ENOUGH_MS = 2;
const MOST_REPEATS = 1000;
/** After a call so long another tells nothing new. */
const LONG_MS = 50;

function timeOne(run: () => void): number {
  const timed = (repeats: number) => {
    const since = elapsed();
    for (let i = 0; i < repeats; i++) run();
    return (elapsed() - since) / repeats;
  };
  const first = timed(1);
  if (first > LONG_MS) return first;
  return timed(Math.max(2, Math.min(MOST_REPEATS, Math.ceil(LONG_ENOUGH_MS / Math.max(0.002, timed(1))))));
}

function writeRecord({ kernel, args, units }: KernelCall, at: number, view: DataView, rangeOf: (tensor: Tensor) => BufferRange,
  scratch: number, processor: Processor): void {
  if (args.length > RECORD_WORDS - 2 || units < 1) throw new Error(`${kernel}: ${args.length} arguments, ${units} units`);
  view.setUint32(at, processor.kernelNumber(kernel), true);
  view.setUint32(at + 4, units, true);
  args.forEach((arg, i) => {
    const word = at + 8 + 4 * i;
    if (arg === undefined) view.setUint32(word, 0, true);
    else if (typeof arg === 'number') view.setUint32(word, arg, true);
    else if ('f32' in arg) view.setFloat32(word, arg.f32, true);
    else if ('scratch' in arg) view.setUint32(word, scratch + 4 * arg.scratch, true);
    else view.setUint32(word, addressOf(rangeOf(arg)), true);
  });
}

export function addressOf({ memory, offset }: BufferRange): number {
  if (memory instanceof HeapBlock) return memory.address + offset;
  throw new Error('a block of memory belongs to another device');
}

/** An op without a kernel: its float64 reference on copies, and the results put back. */
function runReference(node: Node, rangeOf: (tensor: Tensor) => BufferRange, heap: Heap): void {
  const view = (tensor: Tensor): Float32Array | Uint32Array => {
    const range = rangeOf(tensor);
    const Kind = tensor.type === 'u32' ? Uint32Array : Float32Array;
    return new Kind(heap.memory.buffer, addressOf(range), range.size / 4);
  };
  const outputs = node.outputs.map(view);
  const results = outputs.map((output) => Float64Array.from(output));
  node.op.reference(node.inputs.map((tensor) => Float64Array.from(view(tensor))), results, node);
  outputs.forEach((output, i) => output.set(results[i]));
}
