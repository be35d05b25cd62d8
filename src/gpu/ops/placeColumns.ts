/** Puts a block of columns into a wider matrix: how the product with a weight in parts comes together. */
import shader from '$shaders/place_columns.wgsl?raw';
import { ceilDiv, elements, grid, type Graph, type Op, type Tensor } from '../graph';

const placeColumns: Op = {
  name: 'placeColumns',
  dispatch({ inputs: [x], outputs: [out], attributes }) {
    const width = elements(x) / x.shape[0];
    return {
      shader, settings: {}, uniforms: [elements(x), width, elements(out) / out.shape[0], attributes.column as number], groups: grid(ceilDiv(elements(x), 64)),
      bindings: [{ binding: 1, tensor: x }, { binding: 2, tensor: out, write: true }],
    };
  },
  reference([x], [out], { inputs, outputs, attributes }) {
    const width = x.length / inputs[0].shape[0];
    const pitch = out.length / outputs[0].shape[0];
    for (let i = 0; i < x.length; i++) out[Math.floor(i / width) * pitch + (attributes.column as number) + (i % width)] = x[i];
  },
  backward() {
    throw new Error('a weight in parts is not trained through placeColumns');
  },
};

/** target[:, column …] = x, with as many columns as x has. */
export function emitPlaceColumns(graph: Graph, x: Tensor, target: Tensor, column: number): void {
  graph.add(placeColumns, [x], [target], { column });
}
