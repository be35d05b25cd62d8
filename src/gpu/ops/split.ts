/** Cuts a fused projection into its three equal parts: queries, keys and values of GPT-2. */
import forward from '$shaders/split_forward.wgsl?raw';
import backward from '$shaders/split_backward.wgsl?raw';
import { ceilDiv, elements, grid, type Dispatch, type Graph, type Op, type Tensor } from '../graph';
import { vectorsFor } from './vectors';

function launch(shader: string, part: Tensor, flags: Dispatch['settings'], bindings: Dispatch['bindings']): Dispatch {
  const [rows] = part.shape;
  const { size, settings } = vectorsFor(elements(part) / rows);
  const width = elements(part) / rows / size;
  return { shader, settings: { ...settings, ...flags }, bindings, uniforms: [rows, width], groups: grid(ceilDiv(rows * width, 64)) };
}

/** Visits where each part's number lies in the whole. */
function eachPlace(part: Tensor, visit: (index: number, part: number, place: number) => void): void {
  const width = elements(part) / part.shape[0];
  for (let i = 0; i < elements(part); i++) {
    for (let p = 0; p < 3; p++) visit(i, p, Math.floor(i / width) * 3 * width + p * width + (i % width));
  }
}

const splitBackward: Op = {
  name: 'splitBackward',
  dispatch({ inputs, outputs: [dx], attributes }) {
    return launch(backward, inputs[0], { ACCUMULATE: attributes.accumulate === true }, [
      ...inputs.map((tensor, i) => ({ binding: i + 1, tensor })), { binding: 4, tensor: dx, write: true },
    ]);
  },
  kernels({ inputs, outputs: [dx], attributes }) {
    const [rows] = dx.shape;
    return { calls: [{ kernel: 'splitBackward', args: [...inputs, dx, elements(dx) / rows / 3, attributes.accumulate ? 1 : 0], units: rows }] };
  },
  reference(parts, [dx], { inputs, attributes }) {
    eachPlace(inputs[0], (i, part, place) => {
      dx[place] = (attributes.accumulate ? dx[place] : 0) + parts[part][i];
    });
  },
};

const splitForward: Op = {
  name: 'split',
  dispatch({ inputs: [x], outputs }) {
    return launch(forward, outputs[0], {}, [
      { binding: 1, tensor: x }, ...outputs.map((tensor, i) => ({ binding: i + 2, tensor, write: true })),
    ]);
  },
  kernels({ inputs: [x], outputs }) {
    const [rows] = x.shape;
    return { calls: [{ kernel: 'split', args: [x, ...outputs, elements(x) / rows / 3], units: rows }] };
  },
  reference([x], parts, { outputs }) {
    eachPlace(outputs[0], (i, part, place) => {
      parts[part][i] = x[place];
    });
  },
  backward({ inputs: [x] }, gradients, tape) {
    const parts = gradients.filter((gradient) => gradient !== undefined);
    const dx = tape.sink(x);
    if (!dx) return;
    if (parts.length < 3) throw new Error(`a part of ${x.name} has no gradient`);
    tape.graph.add(splitBackward, parts, [dx.tensor], { accumulate: dx.accumulate });
  },
};

/** @param x [tokens, 3 · width]; @returns three of [tokens, heads, width / heads]. */
export function splitThree(graph: Graph, x: Tensor, heads: number): [Tensor, Tensor, Tensor] {
  const [tokens, wide] = x.shape;
  const part = (name: string) => graph.tensor(`${name} of ${x.name}`, [tokens, heads, wide / 3 / heads]);
  const parts: [Tensor, Tensor, Tensor] = [part('first'), part('second'), part('third')];
  graph.add(splitForward, [x], parts);
  return parts;
}
