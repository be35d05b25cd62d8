/**
 * Matrix products in the three layouts training needs, all row-major:
 *   nt  C[m, n] = A[m, k] · B[n, k]ᵀ   a linear layer, weights as Hugging Face stores them ([out, in])
 *   nn  C[m, n] = A[m, k] · B[k, n]    its input gradient
 *   tn  C[m, n] = A[k, m]ᵀ · B[k, n]   its weight gradient
 */
import { ceilDiv, elements, type Graph, type KernelCall, type Node, type Op, type Tensor } from '../graph';
import { PACKING_CODES, PANEL, unpacked } from '../packing';
import { emitColumnSum } from './columnSum';
import type { Layout } from '../products';
import { chooseMatmul, type Product } from './matmulKernels';

/** On the processor, fewer rows than this do not repay packing B. */
const FEW_ROWS = 8;
/** There, rows of a unit; and its columns at most and at least. */
const UNIT_ROWS = 32;
const UNIT_COLUMNS = [128, 32];
/** Floats of its own for a tile's sums, and for Aᵀ turned, so many deep at a time. */
const OWN_SUMS = 32;
const UNIT_DEPTH = 256;
/** Units enough for all threads, and sums and products of one that are worth a thread's while. */
const ENOUGH_UNITS = 16;
const WORTH_A_UNIT = 1 << 15;

function sizes({ inputs: [a, b], attributes }: Node): { m: number; n: number; k: number } {
  const [a0, a1] = flat(a);
  const [b0, b1] = flat(b);
  if (attributes.layout === 'nt') return { m: a0, n: b0, k: a1 };
  if (attributes.layout === 'nn') return { m: a0, n: b1, k: a1 };
  return { m: a1, n: b1, k: a0 };
}

/** A tensor as [first axis, all others]: heads count as width. */
export function flat(tensor: Tensor): [number, number] {
  return [tensor.shape[0], elements(tensor) / tensor.shape[0]];
}

/** What the product is multiplied by, before anything is added. */
function scaleOf({ attributes }: Node): number {
  return (attributes.scale as number | undefined) ?? 1;
}

function extras(node: Node): { bias?: Tensor; residual?: Tensor } {
  const { bias, residual } = node.attributes;
  return { bias: bias ? node.inputs[2] : undefined, residual: residual ? node.inputs[bias ? 3 : 2] : undefined };
}

function productOf(node: Node): Product {
  const [a, b] = node.inputs;
  const { layout, accumulate } = node.attributes;
  return { layout: layout as Layout, ...sizes(node), packing: b.packing === 'panels' ? undefined : b.packing, a, b, c: node.outputs[0], ...extras(node), accumulate: accumulate === true, scale: scaleOf(node) };
}

/** Columns of a unit on the processor: fewer where there would be too few units to share out. */
function columnsOf(m: number, n: number, k: number): number {
  let [columns] = UNIT_COLUMNS;
  while (columns > UNIT_COLUMNS[1] && ceilDiv(m, UNIT_ROWS) * ceilDiv(n, columns) < ENOUGH_UNITS && Math.min(m, UNIT_ROWS) * columns * k >= WORTH_A_UNIT) columns /= 2;
  return columns;
}

export const matmul: Op = {
  name: 'matmul',
  dispatch(node, target) {
    const product = productOf(node);
    return chooseMatmul(product, target).launch(product, target);
  },

  kernels(node) {
    const { m, n, k } = sizes(node);
    const [a, weight] = node.inputs;
    const { layout, accumulate } = node.attributes;
    const { bias, residual } = extras(node);
    const flags = (accumulate ? 1 : 0) + (layout === 'tn' ? 2 : 0);
    const rest = [node.outputs[0], bias, residual, m, n, k, flags, { f32: scaleOf(node) }];
    const columns = columnsOf(m, n, k);
    const own = OWN_SUMS + UNIT_ROWS * UNIT_DEPTH;
    const productWith = (panels: Tensor | { scratch: number }): KernelCall => (
      { kernel: 'matmul', args: [a, panels, ...rest, columns], units: ceilDiv(m, UNIT_ROWS) * ceilDiv(n, columns) });
    if (weight.packing === 'panels') return { calls: [productWith(weight)], own };
    const panels = { scratch: 0 };
    const units = ceilDiv(n, PANEL);
    const room = units * PANEL * k;
    const { packing } = weight;
    // Packed weights are unpacked whole beside the panels first.
    const b = packing ? { scratch: room } : weight;
    const unpack = packing ? [{ kernel: 'unpack', args: [weight, b, PACKING_CODES[packing], elements(weight) / weight.shape[0]], units: weight.shape[0] }] : [];
    const scratch = room + (packing ? elements(weight) : 0);
    if (layout === 'nt' && m < FEW_ROWS) return { calls: [...unpack, { kernel: 'matmulFewRows', args: [a, b, ...rest], units: ceilDiv(n, 16) }], scratch: packing ? scratch : 0 };
    const pack = layout === 'nt'
      ? { kernel: 'packRows', args: [b, panels, n, k, 4 * k], units }
      : { kernel: 'packColumns', args: [b, panels, n, k], units };
    return { calls: [...unpack, pack, productWith(panels)], scratch, own };
  },

  reference(inputs, [c], node) {
    const { m, n, k } = sizes(node);
    const layout = node.attributes.layout as Layout;
    const [a] = inputs;
    const { packing } = node.inputs[1];
    const b = packing ? unpacked(inputs[1], packing, k) : inputs[1];
    const scale = scaleOf(node);
    const hasBias = node.attributes.bias === true;
    const residual = node.attributes.residual ? inputs[hasBias ? 3 : 2] : undefined;
    for (let i = 0; i < m; i++) {
      for (let j = 0; j < n; j++) {
        let sum = 0;
        for (let p = 0; p < k; p++) sum += a[layout === 'tn' ? p * m + i : i * k + p] * b[layout === 'nt' ? j * k + p : p * n + j];
        sum *= scale;
        if (node.attributes.accumulate) sum += c[i * n + j];
        if (hasBias) sum += inputs[2][j];
        if (residual) sum += residual[i * n + j];
        c[i * n + j] = sum;
      }
    }
  },

  flops(node) {
    const { m, n, k } = sizes(node);
    return 2 * m * n * k;
  },

  backward(node, [dy], tape) {
    if (node.attributes.layout !== 'nt' || !dy) return;
    const [x, weight] = node.inputs;
    const { bias, residual } = extras(node);
    const scale = scaleOf(node);
    const dx = tape.sink(x);
    if (dx) emitMatmul(tape.graph, 'nn', dy, weight, dx.tensor, dx.accumulate, scale);
    const dWeight = tape.sink(weight);
    if (dWeight) emitMatmul(tape.graph, 'tn', dy, x, dWeight.tensor, dWeight.accumulate, scale);
    const dBias = bias && tape.sink(bias);
    if (dBias) emitColumnSum(tape.graph, dy, dBias.tensor);
    if (residual) tape.pass(residual, dy);
  },
};

/** C (+)= scale times the product of `a` and `b` in that layout. */
export function emitMatmul(graph: Graph, layout: Layout, a: Tensor, b: Tensor, c: Tensor, accumulate: boolean, scale = 1): void {
  graph.add(matmul, [a, b], [c], { layout, accumulate, scale });
}
