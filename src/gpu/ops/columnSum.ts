/** Sums over rows, for parameters that are shared by all tokens: biases and norm weights. */
import shader from '$shaders/column_sum.wgsl?raw';
import { ceilDiv, elements, grid, type Graph, type Node, type Op, type Tensor } from '../graph';
import { vectorsFor } from './vectors';

/** Rows of the output's width, and the chunks they are summed in. */
function sizes({ inputs: [x], outputs: [out], attributes }: Node): { rows: number; columns: number; chunks: number } {
  const chunks = attributes.chunks as number;
  const columns = elements(out) / chunks;
  return { rows: elements(x) / columns, columns, chunks };
}

const columnSum: Op = {
  name: 'columnSum',
  dispatch(node) {
    const { inputs: [x, y, scale, mean], outputs: [out], attributes } = node;
    const { rows, columns, chunks } = sizes(node);
    const { size, settings } = vectorsFor(columns);
    const width = columns / size;
    return {
      shader, settings: { ...settings, PRODUCT: !!y, CENTRED: !!mean, ACCUMULATE: attributes.accumulate === true },
      uniforms: [rows, width, chunks, ceilDiv(rows, chunks)], groups: grid(ceilDiv(chunks * width, 64)),
      bindings: [
        { binding: 1, tensor: x }, { binding: 2, tensor: out, write: true },
        ...(y ? [{ binding: 3, tensor: y }, { binding: 4, tensor: scale }] : []), ...(mean ? [{ binding: 5, tensor: mean }] : []),
      ],
    };
  },
  kernels(node) {
    const { inputs: [x, y, scale, mean], outputs: [out], attributes } = node;
    const { rows, columns, chunks } = sizes(node);
    const args = [x, y, scale, mean, out, rows, columns, ceilDiv(rows, chunks), attributes.accumulate ? 1 : 0];
    return { calls: [{ kernel: 'columnSum', args, units: chunks }] };
  },
  reference([x, y, scale, mean], [out], node) {
    const { rows, columns: width, chunks } = sizes(node);
    const perChunk = ceilDiv(rows, chunks);
    for (let at = 0; at < chunks * width; at++) {
      const chunk = Math.floor(at / width);
      const column = at % width;
      let sum = node.attributes.accumulate ? out[at] : 0;
      for (let row = chunk * perChunk; row < Math.min((chunk + 1) * perChunk, rows); row++) {
        sum += x[row * width + column] * (y ? (y[row * width + column] - (mean ? mean[row] : 0)) * scale[row] : 1);
      }
      out[at] = sum;
    }
  },
};

/**
 * target[width] += Σ_rows x (· (y − mean[row]) · scale[row]), in two stages so that many threads share the rows. A row is as wide as
 * the target, whatever the shape of x.
 * @param product y of x's shape, scale and mean [rows].
 */
export function emitColumnSum(graph: Graph, x: Tensor, target: Tensor, product?: { y: Tensor; scale: Tensor; mean?: Tensor }): void {
  const rows = elements(x) / elements(target);
  if (!Number.isInteger(rows)) throw new Error(`column sum of [${x.shape}] into ${target.name} [${target.shape}]`);
  const chunks = Math.min(64, ceilDiv(rows, 16));
  const partial = graph.tensor(`partial ${target.name}`, [chunks, elements(target)]);
  graph.add(columnSum, product ? [x, product.y, product.scale, ...(product.mean ? [product.mean] : [])] : [x], [partial], { chunks, accumulate: false });
  graph.add(columnSum, [partial], [target], { chunks: 1, accumulate: true });
}
