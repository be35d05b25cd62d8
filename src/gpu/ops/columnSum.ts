/** Sums over rows, for parameters that are shared by all tokens: biases and norm weights. */
import shader from '$shaders/column_sum.wgsl?raw';
import { ceilDiv, elements, grid, type Graph, type Op, type Tensor } from '../graph';
import { vectorsFor } from './vectors';

const columnSum: Op = {
  name: 'columnSum',
  dispatch({ inputs: [x, y, scale], outputs: [out], attributes }) {
    const columns = elements(x) / x.shape[0];
    const { size, settings } = vectorsFor(columns);
    const width = columns / size;
    const chunks = attributes.chunks as number;
    return {
      shader, settings: { ...settings, PRODUCT: !!y, ACCUMULATE: attributes.accumulate === true },
      uniforms: [x.shape[0], width, chunks, ceilDiv(x.shape[0], chunks)], groups: grid(ceilDiv(chunks * width, 64)),
      bindings: [
        { binding: 1, tensor: x }, { binding: 2, tensor: out, write: true },
        ...(y ? [{ binding: 3, tensor: y }, { binding: 4, tensor: scale }] : []),
      ],
    };
  },
  reference([x, y, scale], [out], node) {
    const rows = node.inputs[0].shape[0];
    const width = x.length / rows;
    const chunks = node.attributes.chunks as number;
    const perChunk = ceilDiv(rows, chunks);
    for (let at = 0; at < chunks * width; at++) {
      const chunk = Math.floor(at / width);
      const column = at % width;
      let sum = node.attributes.accumulate ? out[at] : 0;
      for (let row = chunk * perChunk; row < Math.min((chunk + 1) * perChunk, rows); row++) {
        sum += x[row * width + column] * (y ? y[row * width + column] * scale[row] : 1);
      }
      out[at] = sum;
    }
  },
};

/**
 * target[width] += Σ_rows x (· y · scale[row]), in two stages so that many threads share the rows.
 * @param product y [rows, width] and scale [rows], both or neither.
 */
export function emitColumnSum(graph: Graph, x: Tensor, target: Tensor, product?: { y: Tensor; scale: Tensor }): void {
  const rows = x.shape[0];
  const width = elements(x) / rows;
  const chunks = Math.min(64, ceilDiv(rows, 16));
  const partial = graph.tensor(`partial ${target.name}`, [chunks, elements(target)]);
  if (width !== elements(target)) throw new Error(`column sum of width ${width} into ${target.name} [${target.shape}]`);
  graph.add(columnSum, product ? [x, product.y, product.scale] : [x], [partial], { chunks, accumulate: false });
  graph.add(columnSum, [partial], [target], { chunks: 1, accumulate: true });
}
