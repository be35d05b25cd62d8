/**
 * The nonlinearities of MLPs: SwiGLU and GeGLU (Shazeer 2020), out = act(gate) · up, and GPT-2's plain GELU. GELU is the tanh form
 * (`gelu_new`, `gelu_pytorch_tanh`), which is x · sigmoid(2·√(2/π)·(x + 0.044715·x³)); SiLU is x · sigmoid(x).
 */
import forward from '$shaders/activation_forward.wgsl?raw';
import backward from '$shaders/activation_backward.wgsl?raw';
import { ceilDiv, elements, grid, type Attributes, type Graph, type Op, type Tensor } from '../graph';
import { blocksOf, vectorsFor } from './vectors';

export type Activation = 'silu' | 'gelu';

/** sigmoid(z) and dz/dx. */
function gateOf(x: number, { kind }: Attributes): { s: number; slope: number } {
  const c = 2 * Math.sqrt(2 / Math.PI);
  const z = kind === 'gelu' ? c * (x + 0.044715 * x ** 3) : x;
  return { s: 1 / (1 + Math.exp(-z)), slope: kind === 'gelu' ? c * (1 + 3 * 0.044715 * x * x) : 1 };
}

const activationBackward: Op = {
  name: 'activationBackward',
  dispatch({ inputs: [x, dOut, up], outputs: [dX, dUp], attributes }) {
    const { size, settings } = vectorsFor(elements(x));
    const count = elements(x) / size;
    return {
      shader: backward, uniforms: [count], groups: grid(ceilDiv(count, 64)),
      settings: {
        ...settings, GATED: !!up, GELU: attributes.kind === 'gelu', ACCUMULATE: attributes.accumulate === true,
        ACCUMULATE_UP: attributes.accumulateUp === true,
      },
      bindings: [
        { binding: 1, tensor: x }, { binding: 2, tensor: dOut }, { binding: 3, tensor: dX, write: true },
        ...(up ? [{ binding: 4, tensor: up }, { binding: 5, tensor: dUp, write: true }] : []),
      ],
    };
  },
  kernels({ inputs: [x, dOut, up], outputs: [dX, dUp], attributes: { kind, accumulate, accumulateUp } }) {
    const args = [x, up, dOut, dX, dUp, elements(x), kind === 'gelu' ? 1 : 0, accumulate ? 1 : 0, accumulateUp ? 1 : 0];
    return { calls: [{ kernel: 'activationBackward', args, units: blocksOf(elements(x)) }] };
  },
  reference([x, dOut, up], [dX, dUp], { attributes }) {
    for (let i = 0; i < x.length; i++) {
      const { s, slope } = gateOf(x[i], attributes);
      const forX = dOut[i] * (up ? up[i] : 1) * s * (1 + x[i] * slope * (1 - s));
      dX[i] = (attributes.accumulate ? dX[i] : 0) + forX;
      if (up) dUp[i] = (attributes.accumulateUp ? dUp[i] : 0) + dOut[i] * x[i] * s;
    }
  },
};

const activationForward: Op = {
  name: 'activation',
  dispatch({ inputs: [x, up], outputs: [out], attributes }) {
    const { size, settings } = vectorsFor(elements(x));
    const count = elements(x) / size;
    return {
      shader: forward, settings: { ...settings, GATED: !!up, GELU: attributes.kind === 'gelu' }, uniforms: [count], groups: grid(ceilDiv(count, 64)),
      bindings: [{ binding: 1, tensor: x }, { binding: 2, tensor: out, write: true }, ...(up ? [{ binding: 3, tensor: up }] : [])],
    };
  },
  kernels({ inputs: [x, up], outputs: [out], attributes }) {
    const count = elements(x);
    return { calls: [{ kernel: 'activation', args: [x, up, out, count, attributes.kind === 'gelu' ? 1 : 0], units: blocksOf(count) }] };
  },
  reference([x, up], [out], { attributes }) {
    for (let i = 0; i < x.length; i++) out[i] = x[i] * gateOf(x[i], attributes).s * (up ? up[i] : 1);
  },
  backward({ inputs: [x, up], attributes: { kind } }, [dOut], tape) {
    if (!dOut) return;
    const sinkOf = (input: Tensor) => tape.sink(input) ?? { tensor: tape.graph.tensor(`unused d ${input.name}`, input.shape), accumulate: false };
    const dX = sinkOf(x);
    const dUp = up && sinkOf(up);
    tape.graph.add(activationBackward, up ? [x, dOut, up] : [x, dOut], dUp ? [dX.tensor, dUp.tensor] : [dX.tensor], {
      kind, accumulate: dX.accumulate, accumulateUp: dUp?.accumulate === true,
    });
  },
};

/** act(x), of any shape; times `up`, of the same shape, where given. */
export function activate(graph: Graph, kind: Activation, x: Tensor, up?: Tensor): Tensor {
  const out = graph.tensor(`${kind} ${x.name}`, x.shape);
  graph.add(activationForward, up ? [x, up] : [x], [out], { kind });
  return out;
}
