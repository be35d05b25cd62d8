/** Root-mean-square normalisation (Zhang & Sennrich 2019): y = x / sqrt(mean(x²) + ε) · weight, by rows of the weight's width. */
import forward from '$shaders/rmsnorm_forward.wgsl?raw';
import backward from '$shaders/rmsnorm_backward.wgsl?raw';
import quadForward from '$shaders/rmsnorm_quad_forward.wgsl?raw';
import quadBackward from '$shaders/rmsnorm_quad_backward.wgsl?raw';
import { ceilDiv, elements, grid, type Dispatch, type Graph, type Node, type Op, type Target, type Tensor } from '../graph';
import { addSums, emitColumnSum, sumCalls, sumLaunches } from './columnSum';
import { rowSettings, vectorsFor } from './vectors';

function sizes({ inputs: [x, weight] }: Node): { rows: number; width: number } {
  const [width] = weight.shape;
  return { rows: elements(x) / width, width };
}

/** Rows a quad takes one after the other, and the widest that it can hold. */
const QUAD_ROWS = 8;
const WIDEST_QUAD = 256;

function byQuads({ inputs: [, weight] }: Node, target: Target): boolean {
  const [width] = weight.shape;
  return rowSettings(target).QUAD && width % 16 === 0 && width <= WIDEST_QUAD;
}

/** By whole rows in registers, where quads do rows and a row fits; else by any number of lanes a row. */
function launch(node: Node, target: Target, [plain, quad]: [string, string], bindings: Dispatch['bindings'], flags: Dispatch['settings'], more: Dispatch['uniforms']): Dispatch {
  const { rows, width } = sizes(node);
  const plusOne = node.attributes.plusOne === true;
  if (byQuads(node, target)) {
    return {
      shader: quad, settings: { ...flags, SPAN: width / 16, ROWS: QUAD_ROWS, BASE: plusOne ? '1.0' : '0.0' }, bindings,
      uniforms: [rows, { f32: width }, ...more], groups: grid(ceilDiv(rows, QUAD_ROWS)),
    };
  }
  const { size, settings } = vectorsFor(width);
  return {
    shader: plain, settings: { ...settings, ...rowSettings(target), ...flags, PLUS_ONE: plusOne }, bindings,
    uniforms: [rows, width / size, { f32: width }, ...more], groups: grid(rows),
  };
}

/** Of the rows, and of the weight where it is an output as well. */
const rmsnormBackward: Op = {
  name: 'rmsnormBackward',
  dispatch(node, target) {
    const { inputs: [x, weight, scale, dy], outputs: [dx, dWeight], attributes } = node;
    const { rows, width } = sizes(node);
    const bindings: Dispatch['bindings'] = [
      { binding: 1, tensor: x }, { binding: 2, tensor: weight }, { binding: 3, tensor: scale }, { binding: 4, tensor: dy },
      { binding: 5, tensor: dx, write: true },
    ];
    const together = dWeight && byQuads(node, target);
    const partial: Tensor = { ...dx, name: `partial of ${weight.name}`, shape: [ceilDiv(rows, QUAD_ROWS), width], pool: 'temp', base: undefined, offset: 0 };
    if (together) bindings.push({ binding: 6, tensor: partial, write: true });
    const forRows = launch(node, target, [backward, quadBackward], bindings, { ACCUMULATE: attributes.accumulate === true, LEARNS: !!together }, []);
    if (!dWeight) return forRows;
    return together ? [forRows, ...sumLaunches({ x: partial }, dWeight, target)] : [...sumLaunches({ x: dy, y: x, scale }, dWeight, target), forRows];
  },
  kernels(node) {
    const { inputs: [x, weight, scale, dy], outputs: [dx, dWeight], attributes: { plusOne, accumulate } } = node;
    const { rows, width } = sizes(node);
    const call = { kernel: 'rmsnormBackward', args: [x, weight, scale, dy, dx, width, plusOne ? 1 : 0, accumulate ? 1 : 0], units: rows };
    if (!dWeight) return { calls: [call] };
    const { calls, scratch } = sumCalls({ x: dy, y: x, scale }, dWeight);
    return { calls: [...calls, call], scratch };
  },
  reference([x, weight, scale, dy], [dx, dWeight], node) {
    const { rows, width } = sizes(node);
    if (dWeight) addSums(dWeight, dy, x, scale);
    const gain = weight.map((value) => value + (node.attributes.plusOne ? 1 : 0));
    for (let row = 0; row < rows; row++) {
      let products = 0;
      for (let i = 0; i < width; i++) products += dy[row * width + i] * gain[i] * x[row * width + i];
      const share = (products * scale[row] ** 2) / width;
      for (let i = 0; i < width; i++) {
        const at = row * width + i;
        dx[at] = (node.attributes.accumulate ? dx[at] : 0) + scale[row] * (dy[at] * gain[i] - x[at] * share);
      }
    }
  },
};

const rmsnormForward: Op = {
  name: 'rmsnorm',
  dispatch(node, target) {
    const { inputs: [x, weight, residual], outputs: [y, scale], attributes } = node;
    return launch(node, target, [forward, quadForward], [
      { binding: 1, tensor: x }, { binding: 2, tensor: weight },
      { binding: 3, tensor: y, write: true }, { binding: 4, tensor: scale, write: true },
      ...(residual ? [{ binding: 5, tensor: residual }] : []),
    ], { RESIDUAL: !!residual }, [{ f32: attributes.eps as number }]);
  },
  kernels(node) {
    const { inputs: [x, weight, residual], outputs: [y, scale], attributes: { eps, plusOne } } = node;
    const { rows, width } = sizes(node);
    return { calls: [{ kernel: 'rmsnorm', args: [x, weight, residual, y, scale, width, { f32: eps as number }, plusOne ? 1 : 0], units: rows }] };
  },
  reference([x, weight, residual], [y, scale], node) {
    const { rows, width } = sizes(node);
    const { eps, plusOne } = node.attributes;
    for (let row = 0; row < rows; row++) {
      let squares = 0;
      for (let i = 0; i < width; i++) squares += x[row * width + i] ** 2;
      scale[row] = 1 / Math.sqrt(squares / width + (eps as number));
      for (let i = 0; i < width; i++) {
        const at = row * width + i;
        y[at] = x[at] * scale[row] * (weight[i] + (plusOne ? 1 : 0)) + (residual ? residual[at] : 0);
      }
    }
  },
  backward({ inputs: [x, weight, residual], outputs: [, scale], attributes }, [dy], tape) {
    if (!dy) return;
    const dx = tape.sink(x);
    const dWeight = tape.sink(weight);
    if (dx) tape.graph.add(rmsnormBackward, [x, weight, scale, dy], [dx.tensor, ...(dWeight ? [dWeight.tensor] : [])], { ...attributes, accumulate: dx.accumulate });
    else if (dWeight) emitColumnSum(tape.graph, dy, dWeight.tensor, { y: x, scale });
    if (residual) tape.pass(residual, dy);
  },
};

/**
 * @param x [rows, …] in rows of the weight's width: a whole token or each of its heads; @param weight [width].
 * @param options.plusOne the weight is kept as its distance from 1 (Gemma); @param options.residual is added, of x's shape.
 */
export function rmsnorm(graph: Graph, x: Tensor, weight: Tensor, eps: number, options: { plusOne?: boolean; residual?: Tensor } = {}): Tensor {
  const { plusOne = false, residual } = options;
  const y = graph.tensor(`norm ${weight.name}`, x.shape);
  const scale = graph.tensor(`rstd ${weight.name}`, [elements(x) / weight.shape[0]]);
  graph.add(rmsnormForward, residual ? [x, weight, residual] : [x, weight], [y, scale], { eps, plusOne });
  return y;
}
