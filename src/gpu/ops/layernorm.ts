/** Layer normalisation (Ba et al. 2016): y = (x − mean) / sqrt(variance + ε) · weight + bias, by rows. */
import forward from '$shaders/layernorm_forward.wgsl?raw';
import backward from '$shaders/layernorm_backward.wgsl?raw';
import { grid, type Graph, type Op, type Tensor } from '../graph';
import { emitColumnSum } from './columnSum';
import { vectorsFor } from './vectors';

const layernormBackward: Op = {
  name: 'layernormBackward',
  dispatch({ inputs: [x, weight, mean, scale, dy], outputs: [dx], attributes }, target) {
    const [rows, width] = x.shape;
    const { size, settings } = vectorsFor(width);
    return {
      shader: backward, settings: { ...settings, LANES: target.lanes, TREE: true, ACCUMULATE: attributes.accumulate === true },
      uniforms: [rows, width / size, { f32: width }], groups: grid(rows),
      bindings: [
        { binding: 1, tensor: x }, { binding: 2, tensor: weight }, { binding: 3, tensor: mean }, { binding: 4, tensor: scale },
        { binding: 5, tensor: dy }, { binding: 6, tensor: dx, write: true },
      ],
    };
  },
  kernels({ inputs: [x, weight, mean, scale, dy], outputs: [dx], attributes }) {
    const [rows, width] = x.shape;
    return { calls: [{ kernel: 'layernormBackward', args: [x, weight, mean, scale, dy, dx, width, attributes.accumulate ? 1 : 0], units: rows }] };
  },
  reference([x, weight, mean, scale, dy], [dx], node) {
    const [rows, width] = node.inputs[0].shape;
    for (let row = 0; row < rows; row++) {
      const normal = (i: number) => (x[row * width + i] - mean[row]) * scale[row];
      let [sum, products] = [0, 0];
      for (let i = 0; i < width; i++) {
        sum += dy[row * width + i] * weight[i];
        products += dy[row * width + i] * weight[i] * normal(i);
      }
      for (let i = 0; i < width; i++) {
        const at = row * width + i;
        dx[at] = (node.attributes.accumulate ? dx[at] : 0) + scale[row] * (dy[at] * weight[i] - sum / width - (normal(i) * products) / width);
      }
    }
  },
};

const layernormForward: Op = {
  name: 'layernorm',
  dispatch({ inputs: [x, weight, bias], outputs: [y, mean, scale], attributes }, target) {
    const [rows, width] = x.shape;
    const { size, settings } = vectorsFor(width);
    return {
      shader: forward, settings: { ...settings, LANES: target.lanes, TREE: true },
      uniforms: [rows, width / size, { f32: width }, { f32: attributes.eps as number }], groups: grid(rows),
      bindings: [
        { binding: 1, tensor: x }, { binding: 2, tensor: weight }, { binding: 3, tensor: bias },
        { binding: 4, tensor: y, write: true }, { binding: 5, tensor: mean, write: true }, { binding: 6, tensor: scale, write: true },
      ],
    };
  },
  kernels({ inputs: [x, weight, bias], outputs: [y, mean, scale], attributes }) {
    const [rows, width] = x.shape;
    return { calls: [{ kernel: 'layernorm', args: [x, weight, bias, y, mean, scale, width, { f32: attributes.eps as number }], units: rows }] };
  },
  reference([x, weight, bias], [y, mean, scale], node) {
    const [rows, width] = node.inputs[0].shape;
    for (let row = 0; row < rows; row++) {
      const line = x.subarray(row * width, (row + 1) * width);
      mean[row] = line.reduce((a, b) => a + b, 0) / width;
      scale[row] = 1 / Math.sqrt(line.reduce((sum, value) => sum + (value - mean[row]) ** 2, 0) / width + (node.attributes.eps as number));
      for (let i = 0; i < width; i++) y[row * width + i] = (line[i] - mean[row]) * scale[row] * weight[i] + bias[i];
    }
  },
  backward({ inputs: [x, weight, bias], outputs: [, mean, scale] }, [dy], tape) {
    if (!dy) return;
    const dx = tape.sink(x);
    const dWeight = tape.sink(weight);
    if (dWeight) emitColumnSum(tape.graph, dy, dWeight.tensor, { y: x, scale, mean });
    const dBias = tape.sink(bias);
    if (dBias) emitColumnSum(tape.graph, dy, dBias.tensor);
    if (dx) tape.graph.add(layernormBackward, [x, weight, mean, scale, dy], [dx.tensor], { accumulate: dx.accumulate });
  },
};

/** @param x [rows, width]; @param weight @param bias [width]. */
export function layernorm(graph: Graph, x: Tensor, weight: Tensor, bias: Tensor, eps: number): Tensor {
  const y = graph.tensor(`norm ${weight.name}`, x.shape);
  const rows = (what: string) => graph.tensor(`${what} ${weight.name}`, [x.shape[0]]);
  graph.add(layernormForward, [x, weight, bias], [y, rows('mean'), rows('rstd')], { eps });
  return y;
}
