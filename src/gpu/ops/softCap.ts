/** Soft cap of logits that are sampled from (training caps them in the loss head): x = cap · tanh(x / cap), in place, no gradient. */
import shader from '$shaders/soft_cap.wgsl?raw';
import { ceilDiv, elements, grid, type Graph, type Op, type Tensor } from '../graph';
import { cappedScore } from './attention';
import { blocksOf, vectorsFor } from './vectors';

const softCap: Op = {
  name: 'softCap',
  dispatch({ outputs: [x], attributes }) {
    const { size, settings } = vectorsFor(elements(x));
    const count = elements(x) / size;
    return {
      shader, settings, uniforms: [count, { f32: attributes.cap as number }], groups: grid(ceilDiv(count, 64)),
      bindings: [{ binding: 1, tensor: x, write: true }],
    };
  },
  kernels({ outputs: [x], attributes }) {
    return { calls: [{ kernel: 'softCap', args: [x, elements(x), { f32: attributes.cap as number }], units: blocksOf(elements(x)) }] };
  },
  reference(_, [x], { attributes }) {
    x.forEach((value, i) => {
      x[i] = cappedScore(value, attributes.cap as number).score;
    });
  },
};

/** @param x of any shape. */
export function emitSoftCap(graph: Graph, x: Tensor, cap: number): void {
  graph.add(softCap, [], [x], { inPlace: true, cap });
}
