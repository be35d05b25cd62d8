/** Where each parameter lies in one flat tensor that training and generation keep. */
import { elements, type Graph, type Tensor } from '../gpu/graph';
import type { Pools } from '../gpu/program';
import { eachPiece } from './tensorSource';
import type { NamedShape, Params, TensorSources } from './types';

/** Each parameter's view of one flat tensor, on 256-byte borders. */
export class ParamLayout {
  readonly offsets = new Map<string, { offset: number; shape: number[] }>();
  readonly total: number;

  constructor(shapes: readonly NamedShape[]) {
    let offset = 0;
    for (const [name, shape] of shapes) {
      this.offsets.set(name, { offset, shape });
      offset += Math.ceil(elements({ shape }) / 64) * 64;
    }
    this.total = offset;
  }

  /** Fills `flat` [total] with the numbers of a student, a piece at a time. */
  async upload(pools: Pools, flat: Tensor, params: TensorSources): Promise<void> {
    for (const [name, { offset }] of this.offsets) {
      const param = params.get(name);
      if (!param) throw new Error(`no numbers for ${name}`);
      await eachPiece(param, (values, at) => pools.write(flat, values, offset + at));
    }
  }

  /** Splits numbers in layout order into named parameters. */
  named(flat: Float32Array): Params {
    return new Map([...this.offsets].map(([name, { offset, shape }]) => [name, { shape, data: flat.slice(offset, offset + elements({ shape })) }]));
  }

  /** Views of `flat` [total] by parameter name. */
  views(graph: Graph, flat: Tensor): Map<string, Tensor> {
    return new Map([...this.offsets].map(([name, { offset, shape }]) => [name, graph.view(flat, name, offset, shape)]));
  }
}
