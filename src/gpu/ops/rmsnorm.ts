/** Root-mean-square normalisation (Zhang & Sennrich 2019): y = x / sqrt(mean(x²) + ε) · weight. */
import forward from '$shaders/rmsnorm_forward.wgsl?raw';
import backward from '$shaders/rmsnorm_backward.wgsl?raw';
import { grid, type Graph, type Op, type Tensor } from '../graph';
import { emitColumnSum } from './columnSum';
import { vectorsFor } from './vectors';

const rmsnormBackward: Op = {
  name: 'rmsnormBackward',
  dispatch({ inputs: [x, weight, scale, dy], outputs: [dx], attributes }, target) {
    const [rows, width] = x.shape;
    const { size, settings } = vectorsFor(width);
    return {
      shader: backward, settings: { ...settings, LANES: target.lanes, ACCUMULATE: attributes.accumulate === true },
      uniforms: [rows, width / size, { f32: width }], groups: grid(rows),
      bindings: [
        { binding: 1, tensor: x }, { binding: 2, tensor: weight }, { binding: 3, tensor: scale }, { binding: 4, tensor: dy },
        { binding: 5, tensor: dx, write: true },
      ],
    };
  },
  reference([x, weight, scale, dy], [dx], node) {
    const [rows, width] = node.inputs[0].shape;
    for (let row = 0; row < rows; row++) {
      let products = 0;
      for (let i = 0; i < width; i++) products += dy[row * width + i] * weight[i] * x[row * width + i];
      const share = (products * scale[row] ** 2) / width;
      for (let i = 0; i < width; i++) {
        const at = row * width + i;
        dx[at] = (node.attributes.accumulate ? dx[at] : 0) + scale[row] * (dy[at] * weight[i] - x[at] * share);
      }
    }
  },
};

const rmsnormForward: Op = {
  name: 'rmsnorm',
  dispatch({ inputs: [x, weight], outputs: [y, scale], attributes }, target) {
    const [rows, width] = x.shape;
    const { size, settings } = vectorsFor(width);
    return {
      shader: forward, settings: { ...settings, LANES: target.lanes },
      uniforms: [rows, width / size, { f32: width }, { f32: attributes.eps as number }], groups: grid(rows),
      bindings: [
        { binding: 1, tensor: x }, { binding: 2, tensor: weight },
        { binding: 3, tensor: y, write: true }, { binding: 4, tensor: scale, write: true },
      ],
    };
  },
  reference([x, weight], [y, scale], node) {
    const [rows, width] = node.inputs[0].shape;
    for (let row = 0; row < rows; row++) {
      let squares = 0;
      for (let i = 0; i < width; i++) squares += x[row * width + i] ** 2;
      scale[row] = 1 / Math.sqrt(squares / width + (node.attributes.eps as number));
      for (let i = 0; i < width; i++) y[row * width + i] = x[row * width + i] * scale[row] * weight[i];
    }
  },
  backward({ inputs: [x, weight], outputs: [, scale] }, [dy], tape) {
    if (!dy) return;
    const dx = tape.sink(x);
    // The weight's gradient reads dy and x; it goes first, since dx may be written where dy lies.
    const dWeight = tape.sink(weight);
    if (dWeight) emitColumnSum(tape.graph, dy, dWeight.tensor, { y: x, scale });
    if (dx) tape.graph.add(rmsnormBackward, [x, weight, scale, dy], [dx.tensor], { accumulate: dx.accumulate });
  },
};

/** @param x [rows, width]; @param weight [width]. */
export function rmsnorm(graph: Graph, x: Tensor, weight: Tensor, eps: number): Tensor {
  const y = graph.tensor(`norm ${weight.name}`, x.shape);
  const scale = graph.tensor(`rstd ${weight.name}`, [x.shape[0]]);
  graph.add(rmsnormForward, [x, weight], [y, scale], { eps });
  return y;
}
