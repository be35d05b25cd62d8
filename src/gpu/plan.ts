/** Gives every temporary tensor a place: liveness over the whole program, then offsets in a few arenas. */
import type { Use } from './device';
import { UNLIMITED, wordsOf, type Limits, type Tensor } from './graph';

/** Storage bindings start on 256-byte borders on every adapter's default limits. */
const ALIGNMENT = 256;

export interface Place {
  arena: number;
  /** Bytes. */
  offset: number;
}

export interface Plan {
  places: Map<Tensor, Place>;
  /** Bytes of each arena. */
  arenas: number[];
}

interface Life {
  tensor: Tensor;
  first: number;
  last: number;
  bytes: number;
  /** Tensors it may not share a block with: WebGPU forbids binding one buffer for reading and for writing in one dispatch. */
  apart: Set<Tensor>;
}

export function rootOf(tensor: Tensor): Tensor {
  return tensor.base ?? tensor;
}

export function bytesOf(tensor: Tensor): number {
  return wordsOf(tensor) * 4;
}

/**
 * @param launches what each kernel launch reads and writes, in order.
 * @param keep tensors read by the host after the program ends: they live to the end.
 * @param limits no arena is larger than a block may be.
 */
export function planMemory(launches: readonly (readonly Use[])[], keep: readonly Tensor[] = [], limits: Limits = UNLIMITED): Plan {
  const lives = lifetimes(launches, keep);
  const places = new Map<Tensor, Place>();
  const arenas: number[] = [];
  const placed: Life[][] = [];
  for (const life of lives) {
    const taken = new Set([...life.apart].map((other) => places.get(other)?.arena));
    if (life.bytes > limits.block) throw new Error(`${life.tensor.name} is larger than a block may be`);
    let arena = 0;
    let offset = 0;
    for (;; arena++) {
      if (taken.has(arena)) continue;
      placed[arena] ??= [];
      offset = lowestGap(life, placed[arena], places);
      if (offset + life.bytes <= limits.block) break;
    }
    places.set(life.tensor, { arena, offset });
    placed[arena].push(life);
    arenas[arena] = Math.max(arenas[arena] ?? 0, offset + life.bytes);
  }
  return { places, arenas };
}

/** Tensors of a pool in order, in as few blocks as the limits allow. */
export function blocksOf(tensors: readonly Tensor[], limits: Limits): { bytes: number; tensors: { tensor: Tensor; offset: number }[] }[] {
  const blocks: { bytes: number; tensors: { tensor: Tensor; offset: number }[] }[] = [];
  for (const tensor of tensors) {
    const bytes = aligned(bytesOf(tensor));
    let block = blocks.at(-1);
    if (!block || block.bytes + bytes > limits.block) blocks.push((block = { bytes: 0, tensors: [] }));
    block.tensors.push({ tensor, offset: block.bytes });
    block.bytes += bytes;
  }
  return blocks;
}

function lifetimes(launches: readonly (readonly Use[])[], keep: readonly Tensor[]): Life[] {
  const lives = new Map<Tensor, Life>();
  launches.forEach((uses, step) => {
    const temps = uses.filter(({ tensor }) => tensor.pool === 'temp');
    for (const { tensor } of temps) {
      const root = rootOf(tensor);
      const life = lives.get(root);
      if (life) life.last = step;
      else lives.set(root, { tensor: root, first: step, last: step, bytes: aligned(bytesOf(root)), apart: new Set() });
    }
    for (const written of temps.filter(({ write }) => write)) {
      for (const read of temps.filter(({ write }) => !write)) {
        const [a, b] = [rootOf(written.tensor), rootOf(read.tensor)];
        if (a === b) throw new Error(`${a.name} is read and written by one launch`);
        lives.get(a)?.apart.add(b);
        lives.get(b)?.apart.add(a);
      }
    }
  });
  for (const tensor of keep) {
    const life = lives.get(rootOf(tensor));
    if (life) life.last = launches.length;
  }
  return [...lives.values()];
}

/** First offset where `life` fits among those in the arena that live at the same time. */
function lowestGap(life: Life, others: readonly Life[], places: ReadonlyMap<Tensor, Place>): number {
  const busy = others
    .filter((other) => other.first <= life.last && life.first <= other.last)
    .map((other) => ({ from: places.get(other.tensor)?.offset ?? 0, bytes: other.bytes }))
    .sort((a, b) => a.from - b.from);
  let offset = 0;
  for (const { from, bytes } of busy) {
    if (offset + life.bytes <= from) break;
    offset = Math.max(offset, from + bytes);
  }
  return offset;
}

function aligned(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
}
