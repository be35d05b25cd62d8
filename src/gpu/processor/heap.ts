/** Blocks of one Wasm memory that grows: first fit among what was freed, else at the end. */
import { StudioError } from '../../core/errors';
import type { Memory } from '../device';

const PAGE = 65536;
/** Every block starts on such a border, and a vector read just past its end stays inside. */
const BORDER = 256;
const MARGIN = 32;

/** Bytes a block of so many takes. */
export function heapBytes(size: number): number {
  return Math.ceil((size + MARGIN) / BORDER) * BORDER;
}

export class HeapBlock implements Memory {
  constructor(readonly address: number, readonly size: number, private readonly heap: Heap) {}

  free(): void {
    this.heap.release(this.address);
  }
}

export class Heap {
  /** Bytes of each block in use, by address. */
  private readonly used = new Map<number, number>();
  /** What lies between blocks, by address, never two side by side. */
  private holes: { address: number; size: number }[] = [];
  private end: number;
  readonly allocated = { now: 0, peak: 0 };

  /** @param start the first address it may hand out. */
  constructor(readonly memory: WebAssembly.Memory, start: number) {
    this.end = start;
  }

  /** A zeroed block. @throws StudioError `processor-memory` */
  allocate(size: number): HeapBlock {
    const bytes = heapBytes(size);
    const hole = this.holes.find((candidate) => candidate.size >= bytes);
    const address = hole ? hole.address : this.end;
    if (hole) {
      hole.address += bytes;
      hole.size -= bytes;
      this.holes = this.holes.filter((candidate) => candidate.size > 0);
    } else {
      this.grow(address + bytes);
      this.end = address + bytes;
    }
    this.used.set(address, bytes);
    this.allocated.now += bytes;
    this.allocated.peak = Math.max(this.allocated.peak, this.allocated.now);
    this.bytes(address, bytes).fill(0);
    return new HeapBlock(address, size, this);
  }

  release(address: number): void {
    const size = this.used.get(address);
    if (size === undefined) return;
    this.used.delete(address);
    this.allocated.now -= size;
    const sorted = [...this.holes, { address, size }].sort((a, b) => a.address - b.address);
    this.holes = [];
    for (const hole of sorted) {
      const last = this.holes.at(-1);
      if (last && last.address + last.size === hole.address) last.size += hole.size;
      else this.holes.push(hole);
    }
    const top = this.holes.at(-1);
    if (top && top.address + top.size === this.end) {
      this.end = top.address;
      this.holes.pop();
    }
  }

  /** The bytes at an address as they lie. Made anew each time, since growing moves the memory from under older views. */
  bytes(address: number, size: number): Uint8Array {
    return new Uint8Array(this.memory.buffer, address, size);
  }

  private grow(end: number): void {
    const missing = end - this.memory.buffer.byteLength;
    if (missing <= 0) return;
    try {
      this.memory.grow(Math.ceil(missing / PAGE));
    } catch (cause) {
      throw new StudioError('processor-memory', `${Math.round(end / 2 ** 20)} MB are needed to run on the processor, more than there are.`, {
        kept: 'Everything up to the last checkpoint.', remedy: 'Use a smaller batch or student.', cause,
      });
    }
  }
}
