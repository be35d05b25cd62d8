/**
 * The symbolic graph: tensors and nodes. A model writes its forward pass into a Graph once; `backward.ts` adds the
 * gradient nodes, `plan.ts` gives every tensor a place, `program.ts` makes it ready to run on a device, `interpret.ts` runs
 * the same nodes in float64 on the CPU.
 */

import { StudioError } from '../core/errors';
import { PANEL, wordsFor, type Lying } from './packing';
import type { ProductsInUse } from './products';

export type ElementType = 'f32' | 'u32';

/** `temp` lives in a planned arena; every other pool is one long-lived buffer that the caller fills or reads. */
export type Pool = 'temp' | 'params' | 'frozen' | 'grads' | 'm' | 'v' | 'batch' | 'tables' | 'state' | 'metrics' | 'cache';

export interface Tensor {
  readonly id: number;
  readonly name: string;
  readonly shape: readonly number[];
  readonly type: ElementType;
  readonly pool: Pool;
  /** A gradient is wanted for it. */
  readonly needsGrad: boolean;
  /** How the values lie, where not one after the other; packed ones are of type u32. */
  readonly packing?: Lying;
  /** For a slice: the tensor it is part of, and where it starts, in 32-bit words. */
  readonly base?: Tensor;
  readonly offset: number;
  /** Of a tensor too large to be bound: its rows in order, as tensors that can be. */
  readonly parts?: readonly Tensor[];
}

/** What a device can hold in one piece, in bytes. */
export interface Limits {
  /** The largest tensor that a kernel can see. */
  binding: number;
  /** The largest block of memory. */
  block: number;
}

export const UNLIMITED: Limits = { binding: Infinity, block: Infinity };

export interface Node {
  readonly op: Op;
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
  readonly attributes: Attributes;
}

/** A low-rank correction of one weight (Hu et al. 2021): y += scale · dropout(x) · aᵀ · bᵀ. */
export interface Adapter {
  /** [rank, in] */
  a: Tensor;
  /** [out, rank] */
  b: Tensor;
  scale: number;
  dropout?: Dropout;
}

export interface Dropout {
  /** Share of the inputs that is left out, in (0, 1). */
  rate: number;
  /** [1] u32: new for every micro-batch, so that a program can be replayed. */
  seed: Tensor;
  /** Tells the layers of one pass apart. */
  site: number;
}

export type Attributes = Readonly<Record<string, number | string | boolean>>;

/** A buffer range bound to a kernel. */
export interface Binding {
  binding: number;
  tensor: Tensor;
  write?: boolean;
  /** The kernel samples it instead: it is copied into a texture before the launch. */
  texture?: Texture;
}

/** Texels of four floats, of 16 bits with `halves`. */
export interface Texture {
  width: number;
  height: number;
  halves?: boolean;
}

/** Where a kernel that samples textures finds its sampler. */
export const SAMPLER_BINDING = 6;

/** One kernel launch. `uniforms` fill the struct at binding 0 in order; `{ f32 }` marks a float. */
export interface Dispatch {
  shader: string;
  settings: Readonly<Record<string, number | string | boolean>>;
  bindings: Binding[];
  uniforms: (number | { f32: number })[];
  groups: [number, number?, number?];
}

/**
 * One launch on the processor: a kernel of `kernels/`, run once for each unit from 0, in any order and on any thread. A unit
 * writes only what is its own and sums in an order of its own, so that the bits do not depend on the threads.
 */
export interface KernelCall {
  kernel: string;
  /** 32-bit words: whole numbers, floats, addresses of tensors, places in the node's scratch (in floats); 0 for what is absent. */
  args: (number | { f32: number } | { scratch: number } | Tensor | undefined)[];
  units: number;
}

/** A node on the processor. */
export interface KernelCalls {
  calls: KernelCall[];
  /** Floats the calls share, forgotten when the node is done. */
  scratch?: number;
  /** Floats each thread has to itself in a unit. */
  own?: number;
}

/** Shape class → name of the matrix product's kernel there (ops/matmulKernels.ts). Absent: by rule. */
export type KernelChoices = Readonly<Record<string, string>>;

/** One product of fragments: rows and columns of the result, numbers a sum is over, and what is multiplied; sums are f32. */
export interface Fragments {
  high: number;
  wide: number;
  deep: number;
  type: 'f32' | 'f16';
}

/** What lowering may know of the adapter. */
export interface Target {
  /** Threads that share one row in row kernels: few on a software adapter, many on a GPU. */
  lanes: number;
  /** Quads of four lanes a workgroup of the quad kernels; 0 where they are not used. */
  quads: number;
  /** It has subgroups, and so quads. */
  subgroups: boolean;
  /** Kernels may use 16-bit floats. */
  halves: boolean;
  /** Lanes of a subgroup; 0 where there are none, or of several sizes. */
  subgroupSize: number;
  /** Products of fragments that its matrix units can do. */
  fragments: readonly Fragments[];
  /** Longest side of a texture. */
  texels: number;
  software: boolean;
  kernels: KernelChoices;
  /** Is told of every product that is lowered. */
  inUse?: ProductsInUse;
}

/** An operation: its kernels, its float64 reference and its gradient rule, kept in one file of `ops/`. */
export interface Op {
  readonly name: string;
  dispatch(node: Node, target: Target): Dispatch | Dispatch[];
  /** The same on the processor. Absent or undefined: the reference runs in its place, right but slow. */
  kernels?(node: Node): KernelCalls | undefined;
  /**
   * float64 reference. Reads `inputs`, writes `outputs` (adds to them where the node accumulates). Integers arrive as numbers.
   */
  reference(inputs: Float64Array[], outputs: Float64Array[], node: Node): void;
  /**
   * Sums and products that the result needs, where they are what an op is bound by. @param pairs how many tokens each token of the
   * batch sees, summed, given the most it may look back.
   */
  flops?(node: Node, pairs: (window: number) => number): number;
  /** Emits the nodes that turn gradients of the outputs into gradients of the inputs. Absent: not differentiable. */
  backward?(node: Node, gradients: (Tensor | undefined)[], tape: GradientTape): void;
}

/** What a backward rule may do. */
export interface GradientTape {
  readonly graph: Graph;
  /** Where to write the gradient of `x`, and whether to add to what is there. Undefined: nobody wants it. */
  sink(x: Tensor): { tensor: Tensor; accumulate: boolean } | undefined;
  /** The gradient of `x` is `gradient` itself (no copy), added if another is already there. */
  pass(x: Tensor, gradient: Tensor): void;
}

export function elements(tensor: { shape: readonly number[] }): number {
  return tensor.shape.reduce((a, b) => a * b, 1);
}

/** 32-bit words of a tensor: its elements, or fewer where it is packed; panels are whole. */
export function wordsOf(tensor: { shape: readonly number[]; packing?: Lying }): number {
  const { shape, packing } = tensor;
  if (packing === 'panels') return ceilDiv(shape[0], PANEL) * PANEL * (elements(tensor) / shape[0]);
  return wordsFor(elements(tensor), packing);
}

/** The type of what lies so. */
function typeOf(packing: Lying | undefined): ElementType {
  return packing && packing !== 'panels' ? 'u32' : 'f32';
}

export class Graph {
  /** @param limits of the device it is for. */
  constructor(readonly limits: Limits = UNLIMITED) {}

  readonly nodes: Node[] = [];
  /** How many nodes there were where a layer began: between two borders, activations may be made again (recompute.ts). */
  readonly borders: number[] = [];
  readonly tensors: Tensor[] = [];
  /** By weight: what its linear layer adds to it. */
  readonly adapters = new Map<Tensor, Adapter>();

  /** Declares a tensor; temps get their memory from the plan, others from the pool of that name. */
  tensor(name: string, shape: readonly number[], options: { pool?: Pool; type?: ElementType; needsGrad?: boolean; packing?: Lying } = {}): Tensor {
    const { pool = 'temp', packing, type = typeOf(packing), needsGrad = false } = options;
    if (!shape.every((n) => Number.isInteger(n) && n > 0)) throw new Error(`${name}: shape [${shape}] is not positive`);
    if (4 * wordsOf({ shape, packing }) > this.limits.binding) throw tooLarge(name, shape, this.limits);
    const made: Tensor = { id: this.tensors.length, name, shape, type, pool, needsGrad, packing, offset: 0 };
    this.tensors.push(made);
    return made;
  }

  /** Rows that lie apart, as one tensor. */
  joined(name: string, parts: readonly Tensor[]): Tensor {
    const rows = parts.reduce((sum, { shape }) => sum + shape[0], 0);
    const made: Tensor = { ...parts[0], name, id: this.tensors.length, shape: [rows, ...parts[0].shape.slice(1)], parts };
    this.tensors.push(made);
    return made;
  }

  /** Rows [from, from + count) of a tensor, sharing its memory. Offsets must fall on 256-byte borders to be bound. */
  rows(of: Tensor, from: number, count: number): Tensor {
    if (from < 0 || from + count > of.shape[0]) throw new Error(`${of.name}: rows ${from}..${from + count} of ${of.shape[0]}`);
    const width = wordsOf(of) / of.shape[0];
    return this.view(of, `${of.name} rows ${from}`, from * width, [count, ...of.shape.slice(1)], of.packing);
  }

  /** A part of `of` starting at `offset` words (a multiple of 64, so that it can be bound), seen in its own shape. */
  view(of: Tensor, name: string, offset: number, shape: readonly number[], packing?: Lying): Tensor {
    if (offset + wordsOf({ shape, packing }) > wordsOf(of)) throw new Error(`${name} reaches past the end of ${of.name}`);
    const made: Tensor = { ...of, packing, type: packing ? typeOf(packing) : of.type, name, id: this.tensors.length, shape, base: of.base ?? of, offset: of.offset + offset };
    this.tensors.push(made);
    return made;
  }

  add(op: Op, inputs: Tensor[], outputs: Tensor[], attributes: Attributes = {}): void {
    this.nodes.push({ op, inputs, outputs, attributes });
  }
}

function tooLarge(name: string, shape: readonly number[], { binding }: Limits): StudioError {
  return new StudioError('gpu-too-large', `A tensor of this model needs ${megabytes(4 * elements({ shape }))} in one piece; this adapter takes ${megabytes(binding)}.`, {
    where: `${name} [${shape}]`, kept: 'Nothing was started.', remedy: 'Use fewer tokens at a time, or a smaller student.',
  });
}

function megabytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(bytes < 2 ** 20 ? 2 : 0)} MB`;
}

/** Splits a one-dimensional launch over x and y where x alone would pass the limit of 65,535 workgroups. */
export function grid(groups: number): [number, number] {
  if (groups <= 65535) return [groups, 1];
  const y = Math.ceil(groups / 65535);
  return [Math.ceil(groups / y), y];
}

export function ceilDiv(a: number, b: number): number {
  return Math.floor((a + b - 1) / b);
}
