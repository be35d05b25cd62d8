/** target += x. Joins two gradients of one tensor. */
import shader from '$shaders/add.wgsl?raw';
import { ceilDiv, elements, grid, type Graph, type Op, type Tensor } from '../graph';
import { blocksOf, vectorsFor } from './vectors';

const add: Op = {
  name: 'add',
  dispatch({ inputs: [x], outputs: [target] }) {
    const { size, settings } = vectorsFor(elements(x));
    const count = elements(x) / size;
    return {
      shader, settings, uniforms: [count], groups: grid(ceilDiv(count, 64)),
      bindings: [{ binding: 1, tensor: x }, { binding: 2, tensor: target, write: true }],
    };
  },
  kernels({ inputs: [x], outputs: [target] }) {
    return { calls: [{ kernel: 'add', args: [target, x, elements(x)], units: blocksOf(elements(x)) }] };
  },
  reference([x], [target]) {
    for (let i = 0; i < x.length; i++) target[i] += x[i];
  },
};

/** Adds `x` onto `target`, both of the same shape. */
export function emitAdd(graph: Graph, target: Tensor, x: Tensor): void {
  graph.add(add, [x], [target], { accumulate: true });
}
