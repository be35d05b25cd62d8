/** Sums over rows, for parameters that are shared by all tokens: biases and norm weights. */
import shader from '$shaders/column_sum.wgsl?raw';
import { ceilDiv, elements, grid, type Graph, type Node, type Op, type Tensor } from '../graph';
import { vectorsFor } from './vectors';

/** Rows of the output's width. */
function sizes({ inputs: [x], outputs: [out] }: Node): { rows: number; columns: number } {
  const columns = elements(out);
  return { rows: elements(x) / columns, columns };
}

const columnSum: Op = {
  name: 'columnSum',
  dispatch(node, { software }) {
    const { inputs: [x, y, scale, mean], outputs: [out] } = node;
    const { rows, columns } = sizes(node);
    const { size, settings } = vectorsFor(columns);
    const width = columns / size;
    // A software adapter has few threads: columns are enough to share out, and nothing has to meet.
    const shares = software ? { COLUMNS: 4, LANES: 1, SHARED: false } : { COLUMNS: 8, LANES: 32, SHARED: true };
    return {
      shader, settings: { ...settings, ...shares, PRODUCT: !!y, CENTRED: !!mean, ACCUMULATE: true },
      uniforms: [rows, width], groups: grid(ceilDiv(width, shares.COLUMNS)),
      bindings: [
        { binding: 1, tensor: x }, { binding: 2, tensor: out, write: true },
        ...(y ? [{ binding: 3, tensor: y }, { binding: 4, tensor: scale }] : []), ...(mean ? [{ binding: 5, tensor: mean }] : []),
      ],
    };
  },
  kernels(node) {
    const { inputs: [x, y, scale, mean], outputs: [out] } = node;
    const { rows, columns } = sizes(node);
    // In two stages, so that the threads share the rows.
    const chunks = Math.min(64, ceilDiv(rows, 16));
    const partial = { scratch: 0 };
    return {
      calls: [
        { kernel: 'columnSum', args: [x, y, scale, mean, partial, rows, columns, ceilDiv(rows, chunks), 0], units: chunks },
        { kernel: 'columnSum', args: [partial, undefined, undefined, undefined, out, chunks, columns, chunks, 1], units: 1 },
      ],
      scratch: chunks * columns,
    };
  },
  reference([x, y, scale, mean], [out], node) {
    const { rows, columns } = sizes(node);
    for (let at = 0; at < rows * columns; at++) {
      const row = Math.floor(at / columns);
      out[at % columns] += x[at] * (y ? (y[at] - (mean ? mean[row] : 0)) * scale[row] : 1);
    }
  },
};

/**
 * target[width] += Σ_rows x (· (y − mean[row]) · scale[row]). A row is as wide as the target, whatever the shape of x.
 * @param product y of x's shape, scale and mean [rows].
 */
export function emitColumnSum(graph: Graph, x: Tensor, target: Tensor, product?: { y: Tensor; scale: Tensor; mean?: Tensor }): void {
  if (!Number.isInteger(elements(x) / elements(target))) throw new Error(`column sum of [${x.shape}] into ${target.name} [${target.shape}]`);
  graph.add(columnSum, product ? [x, product.y, product.scale, ...(product.mean ? [product.mean] : [])] : [x], [target], { accumulate: true });
}
