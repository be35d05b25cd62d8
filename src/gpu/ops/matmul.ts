/**
 * Matrix products in the three layouts training needs, all row-major:
 *   nt  C[m, n] = A[m, k] · B[n, k]ᵀ   a linear layer, weights as Hugging Face stores them ([out, in])
 *   nn  C[m, n] = A[m, k] · B[k, n]    its input gradient
 *   tn  C[m, n] = A[k, m]ᵀ · B[k, n]   its weight gradient
 */
import tiled from '$shaders/matmul_tiled.wgsl?raw';
import quadNn from '$shaders/matmul_quad_nn.wgsl?raw';
import quadNt from '$shaders/matmul_quad_nt.wgsl?raw';
import quadTn from '$shaders/matmul_quad_tn.wgsl?raw';
import { ceilDiv, elements, grid, type Binding, type Graph, type Node, type Op, type Target, type Tensor } from '../graph';
import { PACKING_CODES, unpacked, type Packing } from '../packing';
import { emitColumnSum } from './columnSum';

export type Layout = 'nt' | 'nn' | 'tn';

const quadShaders = { nt: quadNt, nn: quadNn, tn: quadTn };
/** Below this many large tiles, small ones share the work out better. */
const LARGE_TILES = 8;
/** On the processor, fewer rows than this do not repay packing B. */
const FEW_ROWS = 8;

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

/** How the tiled kernel reads B. */
export function readsOf(packing?: Packing): Readonly<Record<string, string | boolean>> {
  return packing ? { B: 'u32', [packing.toUpperCase()]: true } : { PLAIN: true };
}

/** What the product is multiplied by, before anything is added. */
function scaleOf({ attributes }: Node): number {
  return (attributes.scale as number | undefined) ?? 1;
}

function extras(node: Node): { bias?: Tensor; residual?: Tensor } {
  const { bias, residual } = node.attributes;
  return { bias: bias ? node.inputs[2] : undefined, residual: residual ? node.inputs[bias ? 3 : 2] : undefined };
}

/** Both edges of C in the kernels' units must be whole vectors, and so must k where it is the inner index. */
function fitsQuads(layout: Layout, m: number, n: number, k: number): boolean {
  return n % 4 === 0 && k % 4 === 0 && (layout !== 'tn' || m % 4 === 0);
}

export const matmul: Op = {
  name: 'matmul',
  dispatch(node, target: Target) {
    const { m, n, k } = sizes(node);
    const layout = node.attributes.layout as Layout;
    const { bias, residual } = extras(node);
    const scale = scaleOf(node);
    const flags = { ACCUMULATE: node.attributes.accumulate === true, BIAS: !!bias, RESIDUAL: !!residual, SCALE: scale !== 1 };
    const scaling = scale === 1 ? [] : [{ f32: scale }];
    const bindings: Binding[] = [
      { binding: 1, tensor: node.inputs[0] },
      { binding: 2, tensor: node.inputs[1] },
      { binding: 3, tensor: node.outputs[0], write: true },
    ];
    if (bias) bindings.push({ binding: 4, tensor: bias });
    if (residual) bindings.push({ binding: 5, tensor: residual });

    const { packing } = node.inputs[1];
    if (target.quads > 0 && !packing && fitsQuads(layout, m, n, k)) {
      const side = ceilDiv(m, 32) * ceilDiv(n, 32) >= LARGE_TILES ? 32 : 16;
      const tilesN = ceilDiv(n, side);
      const tiles = tilesN * ceilDiv(m, side);
      const pair = k % 8 === 0;
      return {
        shader: quadShaders[layout], bindings,
        settings: { ...flags, MI: side / 4, NJ: side / 4, PAIR: pair, STEP: pair ? 2 : 1, WORKGROUP: 4 * target.quads },
        uniforms: [m, n, k, tilesN, tiles, ...scaling], groups: grid(ceilDiv(tiles, target.quads)),
      };
    }
    const strides = { nt: [k, 1, 1, k], nn: [k, 1, n, 1], tn: [1, m, n, 1] }[layout];
    const settings = { ...flags, ...readsOf(packing) };
    return { shader: tiled, settings, bindings, uniforms: [m, n, k, ...strides, ...scaling], groups: [ceilDiv(n, 64), ceilDiv(m, 64)] };
  },

  kernels(node) {
    const { m, n, k } = sizes(node);
    const [a, weight] = node.inputs;
    const { layout, accumulate } = node.attributes;
    const { bias, residual } = extras(node);
    const flags = (accumulate ? 1 : 0) + (layout === 'tn' ? 2 : 0);
    const rest = [node.outputs[0], bias, residual, m, n, k, flags, { f32: scaleOf(node) }];
    const panels = { scratch: 0 };
    const units = ceilDiv(n, 8);
    const room = units * 8 * k;
    const { packing } = weight;
    // Packed weights are unpacked whole beside the panels first.
    const b = packing ? { scratch: room } : weight;
    const unpack = packing ? [{ kernel: 'unpack', args: [weight, b, PACKING_CODES[packing], elements(weight) / weight.shape[0]], units: weight.shape[0] }] : [];
    const scratch = room + (packing ? elements(weight) : 0);
    if (layout === 'nt' && m < FEW_ROWS) return { calls: [...unpack, { kernel: 'matmulFewRows', args: [a, b, ...rest], units: ceilDiv(n, 16) }], scratch: packing ? scratch : 0 };
    const pack = layout === 'nt'
      ? { kernel: 'packRows', args: [b, panels, n, k, 4 * k], units }
      : { kernel: 'packColumns', args: [b, panels, n, k], units };
    const product = { kernel: 'matmul', args: [a, panels, ...rest], units: ceilDiv(m, 32) * ceilDiv(n, 128) };
    return { calls: [...unpack, pack, product], scratch, own: 32 + 32 * 256 };
  },

  reference(inputs, [c], node) {
    const { m, n, k } = sizes(node);
    const layout = node.attributes.layout as Layout;
    const [a] = inputs;
    const { packing } = node.inputs[1];
    const b = packing ? unpacked(inputs[1], packing) : inputs[1];
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
