/** Sums over rows, for parameters that are shared by all tokens: biases and norm weights. */
import shader from '$shaders/column_sum.wgsl?raw';
import { ceilDiv, elements, grid, type Dispatch, type Graph, type KernelCalls, type Op, type Target, type Tensor } from '../graph';
import { vectorsFor } from './vectors';

/** What is summed: x · (y − mean[row]) · scale[row], as far as there; of one shape in rows of the sum's width, [rows]. */
export interface Summed {
  x: Tensor;
  y?: Tensor;
  scale?: Tensor;
  mean?: Tensor;
}

/** Rows that one launch sums: more are summed in chunks first, or a narrow sum would keep few threads busy for long. */
const AT_ONCE = 4096;
const CHUNKS = 64;
/** Rows that are not worth sharing out between threads of the processor. */
const FEW = 16;

/** The launches of target[width] += Σ_rows. */
export function sumLaunches(summed: Summed, out: Tensor, target: Target): Dispatch[] {
  const rows = elements(summed.x) / elements(out);
  if (rows <= AT_ONCE) return [launch(summed, out, { rows, chunks: 1, accumulate: true }, target)];
  const partial: Tensor = { ...out, name: `partial ${out.name}`, shape: [CHUNKS, elements(out)], pool: 'temp', needsGrad: false, base: undefined, offset: 0 };
  return [launch(summed, partial, { rows, chunks: CHUNKS, accumulate: false }, target), launch({ x: partial }, out, { rows: CHUNKS, chunks: 1, accumulate: true }, target)];
}

function launch({ x, y, scale, mean }: Summed, out: Tensor, { rows, chunks, accumulate }: { rows: number; chunks: number; accumulate: boolean }, { software }: Target): Dispatch {
  const columns = elements(out) / chunks;
  const { size, settings } = vectorsFor(columns);
  const width = columns / size;
  // A software adapter has few threads: columns are enough to share out, and nothing has to meet.
  const shares = software ? { COLUMNS: 4, LANES: 1, SHARED: false } : { COLUMNS: 8, LANES: 32, SHARED: true };
  return {
    shader, settings: { ...settings, ...shares, PRODUCT: !!y, CENTRED: !!mean, ACCUMULATE: accumulate },
    uniforms: [rows, width, chunks, ceilDiv(rows, chunks)], groups: grid(ceilDiv(chunks * width, shares.COLUMNS)),
    bindings: [
      { binding: 1, tensor: x }, { binding: 2, tensor: out, write: true },
      ...(y && scale ? [{ binding: 3, tensor: y }, { binding: 4, tensor: scale }] : []), ...(mean ? [{ binding: 5, tensor: mean }] : []),
    ],
  };
}

/** The same on the processor, in chunks of rows so that the threads share them. */
export function sumCalls({ x, y, scale, mean }: Summed, out: Tensor): Required<Pick<KernelCalls, 'calls' | 'scratch'>> {
  const columns = elements(out);
  const rows = elements(x) / columns;
  const chunks = Math.min(CHUNKS, ceilDiv(rows, FEW));
  const partial = { scratch: 0 };
  return {
    calls: [
      { kernel: 'columnSum', args: [x, y, scale, mean, partial, rows, columns, ceilDiv(rows, chunks), 0], units: chunks },
      { kernel: 'columnSum', args: [partial, undefined, undefined, undefined, out, chunks, columns, chunks, 1], units: 1 },
    ],
    scratch: chunks * columns,
  };
}

/** The same in float64. */
export function addSums(out: Float64Array, x: Float64Array, y?: Float64Array, scale?: Float64Array, mean?: Float64Array): void {
  for (let at = 0; at < x.length; at++) {
    const row = Math.floor(at / out.length);
    out[at % out.length] += x[at] * (y && scale ? (y[at] - (mean ? mean[row] : 0)) * scale[row] : 1);
  }
}

const columnSum: Op = {
  name: 'columnSum',
  dispatch: ({ inputs: [x, y, scale, mean], outputs: [out] }, target) => sumLaunches({ x, y, scale, mean }, out, target),
  kernels: ({ inputs: [x, y, scale, mean], outputs: [out] }) => sumCalls({ x, y, scale, mean }, out),
  reference([x, y, scale, mean], [out]) {
    addSums(out, x, y, scale, mean);
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
