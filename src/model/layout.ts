/** Where each parameter lies in the flat tensors that training and generation keep. */
import { StudioError } from '../core/errors';
import { elements, wordsOf, type Graph, type Tensor } from '../gpu/graph';
import { wordsFor, type Lying } from '../gpu/packing';
import type { Pools } from '../gpu/program';
import { pack, packingOf } from './pack';
import { eachPiece } from './tensorSource';
import type { NamedShape, Params, TensorSources } from './types';

/** Words between two 256-byte borders, on which bindings must start. */
const BORDER = 64;

interface Part {
  segment: number;
  /** Words from the segment's start. */
  at: number;
  shape: number[];
}

/**
 * Parameters in one row of 32-bit words, each on a 256-byte border, cut into segments that a kernel can see whole. A parameter larger than
 * that is cut between its rows. The row is the same wherever it is cut, so that checkpoints go from one adapter to another.
 */
export class ParamLayout {
  readonly offsets = new Map<string, { offset: number; shape: number[]; packing?: Lying; parts: Part[] }>();
  readonly segments: { start: number; size: number }[] = [];
  readonly total: number;

  /**
   * @param binding bytes of the largest tensor that a kernel can see; @param packed how matrices lie, where not as they are.
   * @throws StudioError `gpu-too-large`
   */
  constructor(shapes: readonly NamedShape[], binding = Infinity, packed?: Lying) {
    const most = Math.floor(binding / (4 * BORDER)) * BORDER;
    let start = 0;
    let used = 0;
    const close = () => {
      if (used > 0) this.segments.push({ start, size: used });
      start += used;
      used = 0;
    };
    const place = (shape: number[], packing?: Lying): Part => {
      const size = aligned(wordsOf({ shape, packing }));
      if (used + size > most) close();
      const part = { segment: this.segments.length, at: used, shape };
      used += size;
      return part;
    };
    for (const [name, shape] of shapes) {
      const packing = packingOf(name, shape, packed);
      const parts = rowParts(name, shape, packing, most).map((part) => place(part, packing));
      this.offsets.set(name, { offset: this.startOf(parts[0], start), shape, packing, parts });
    }
    close();
    this.total = start;
  }

  private startOf({ segment, at }: Part, open: number): number {
    return (this.segments[segment]?.start ?? open) + at;
  }

  /** One flat tensor a segment. @param share words there for each of the layout's, where it keeps something else; then of type u32. */
  tensors(graph: Graph, name: string, pool: 'params' | 'frozen' | 'grads' | 'm' | 'v', share = 1): Tensor[] {
    return this.segments.map(({ size }, i) => graph.tensor(`${name} ${i}`, [size * share], { pool, type: share === 1 ? 'f32' : 'u32' }));
  }

  /** Fills `flats` with the numbers of a student, a piece at a time. */
  async upload(pools: Pools, flats: readonly Tensor[], params: TensorSources): Promise<void> {
    for (const [name, { offset, packing, shape }] of this.offsets) {
      const param = params.get(name);
      if (!param) throw new Error(`no numbers for ${name}`);
      await eachPiece(param, (values, at) => (
        packing ? this.write(pools, flats, pack(values, packing, shape[1]), offset + wordsFor(at, packing)) : this.write(pools, flats, values, offset + at)));
    }
  }

  /** Writes words in layout order from `offset` on, wherever the row is cut. @param share see `tensors`. */
  write(pools: Pools, flats: readonly Tensor[], values: Float32Array | Uint32Array, offset = 0, share = 1): void {
    this.segments.forEach(({ start, size }, i) => {
      const [from, to] = [Math.max(offset, start * share), Math.min(offset + values.length, (start + size) * share)];
      if (from < to) pools.write(flats[i], values.subarray(from - offset, to - offset), from - start * share);
    });
  }

  /** All words in layout order. @param share see `tensors`. */
  async read(pools: Pools, flats: readonly Tensor[], share = 1): Promise<Float32Array> {
    const values = new Float32Array(this.total * share);
    const read = await pools.read(flats);
    read.forEach((bytes, i) => values.set(new Float32Array(bytes), this.segments[i].start * share));
    return values;
  }

  /** Splits numbers in layout order into named parameters. */
  named(flat: Float32Array): Params {
    return new Map([...this.offsets].map(([name, { offset, shape }]) => [name, { shape, data: flat.slice(offset, offset + elements({ shape })) }]));
  }

  /** Views of `flats` by parameter name; one that is cut is joined of its parts. */
  views(graph: Graph, flats: readonly Tensor[]): Map<string, Tensor> {
    return new Map([...this.offsets].map(([name, { parts, packing }]) => {
      const views = parts.map(({ segment, at, shape }, i) => graph.view(flats[segment], parts.length === 1 ? name : `${name} ${i}`, at, shape, packing));
      return [name, views.length === 1 ? views[0] : graph.joined(name, views)];
    }));
  }
}

/** The shape whole, or cut into runs of rows of at most `most` words, each but the last ending on a border. */
function rowParts(name: string, shape: number[], packing: Lying | undefined, most: number): number[][] {
  if (aligned(wordsOf({ shape, packing })) <= most) return [shape];
  const [rows, ...rest] = shape;
  const width = wordsOf({ shape: rest, packing });
  let step = Math.floor(most / width);
  while (step > 0 && (step * width) % BORDER !== 0) step--;
  if (rest.length === 0 || step === 0) {
    throw new StudioError('gpu-too-large', `A row of a parameter is larger than this adapter can hold in one piece.`, { where: `${name} [${shape}]`, kept: 'Nothing was started.' });
  }
  return Array.from({ length: Math.ceil(rows / step) }, (_, i) => [Math.min(step, rows - i * step), ...rest]);
}

function aligned(values: number): number {
  return Math.ceil(values / BORDER) * BORDER;
}
