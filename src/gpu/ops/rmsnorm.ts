/** Root-mean-square normalisation (Zhang & Sennrich 2019): y = x / sqrt(mean(x²) + ε) · weight, by rows of the weight's width. */
import forward from '$shaders/rmsnorm_forward.wgsl?raw';
import backward from '$shaders/rmsnorm_backward.wgsl?raw';
import { elements, grid, type Graph, type Node, type Op, type Tensor } from '../graph';
import { emitColumnSum } from './columnSum';
import { rowSettings, vectorsFor } from './vectors';

function sizes({ inputs: [x, weight] }: Node): { rows: number; width: number } {
  const [width] = weight.shape;
  return { rows: elements(x) / width, width };
}

const rmsnormBackward: Op = {
  name: 'rmsnormBackward',
  dispatch(node, target) {
    const { inputs: [x, weight, scale, dy], outputs: [dx], attributes } = node;
    const { rows, width } = sizes(node);
    const { size, settings } = vectorsFor(width);
    return {
      shader: backward,
      settings: { ...settings, ...rowSettings(target), PLUS_ONE: attributes.plusOne === true, ACCUMULATE: attributes.accumulate === true },
      uniforms: [rows, width / size, { f32: width }], groups: grid(rows),
      bindings: [
        { binding: 1, tensor: x }, { binding: 2, tensor: weight }, { binding: 3, tensor: scale }, { binding: 4, tensor: dy },
        { binding: 5, tensor: dx, write: true },
      ],
    };
  },
  kernels(node) {
    const { inputs: [x, weight, scale, dy], outputs: [dx], attributes: { plusOne, accumulate } } = node;
    const { rows, width } = sizes(node);
    return { calls: [{ kernel: 'rmsnormBackward', args: [x, weight, scale, dy, dx, width, plusOne ? 1 : 0, accumulate ? 1 : 0], units: rows }] };
  },
  reference([x, weight, scale, dy], [dx], node) {
    const { rows, width } = sizes(node);
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
    const { rows, width } = sizes(node);
    const { size, settings } = vectorsFor(width);
    return {
      shader: forward, settings: { ...settings, ...rowSettings(target), PLUS_ONE: attributes.plusOne === true, RESIDUAL: !!residual },
      uniforms: [rows, width / size, { f32: width }, { f32: attributes.eps as number }], groups: grid(rows),
      bindings: [
        { binding: 1, tensor: x }, { binding: 2, tensor: weight },
        { binding: 3, tensor: y, write: true }, { binding: 4, tensor: scale, write: true },
        ...(residual ? [{ binding: 5, tensor: residual }] : []),
      ],
    };
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
    // The weight's gradient reads dy and x; it goes first, since dx may be written where dy lies.
    const dWeight = tape.sink(weight);
    if (dWeight) emitColumnSum(tape.graph, dy, dWeight.tensor, { y: x, scale });
    if (dx) tape.graph.add(rmsnormBackward, [x, weight, scale, dy], [dx.tensor], { ...attributes, accumulate: dx.accumulate });
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
