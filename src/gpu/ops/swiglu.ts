/** SwiGLU (Shazeer 2020): out = silu(gate) · up. */
import forward from '$shaders/swiglu_forward.wgsl?raw';
import backward from '$shaders/swiglu_backward.wgsl?raw';
import { ceilDiv, elements, grid, type Graph, type Op, type Tensor } from '../graph';
import { vectorsFor } from './vectors';

const swigluBackward: Op = {
  name: 'swigluBackward',
  dispatch({ inputs: [gate, up, dOut], outputs: [dGate, dUp], attributes }) {
    const { size, settings } = vectorsFor(elements(gate));
    const count = elements(gate) / size;
    return {
      shader: backward, settings: { ...settings, ACCUMULATE: attributes.accumulate === true },
      uniforms: [count], groups: grid(ceilDiv(count, 64)),
      bindings: [
        { binding: 1, tensor: gate }, { binding: 2, tensor: up }, { binding: 3, tensor: dOut },
        { binding: 4, tensor: dGate, write: true }, { binding: 5, tensor: dUp, write: true },
      ],
    };
  },
  reference([gate, up, dOut], [dGate, dUp], node) {
    for (let i = 0; i < gate.length; i++) {
      const s = 1 / (1 + Math.exp(-gate[i]));
      const keep = node.attributes.accumulate ? 1 : 0;
      dGate[i] = keep * dGate[i] + dOut[i] * up[i] * s * (1 + gate[i] * (1 - s));
      dUp[i] = keep * dUp[i] + dOut[i] * gate[i] * s;
    }
  },
};

const swigluForward: Op = {
  name: 'swiglu',
  dispatch({ inputs: [gate, up], outputs: [out] }) {
    const { size, settings } = vectorsFor(elements(gate));
    const count = elements(gate) / size;
    return {
      shader: forward, settings, uniforms: [count], groups: grid(ceilDiv(count, 64)),
      bindings: [{ binding: 1, tensor: gate }, { binding: 2, tensor: up }, { binding: 3, tensor: out, write: true }],
    };
  },
  reference([gate, up], [out]) {
    for (let i = 0; i < gate.length; i++) out[i] = (gate[i] / (1 + Math.exp(-gate[i]))) * up[i];
  },
  backward({ inputs: [gate, up] }, [dOut], tape) {
    if (!dOut) return;
    const [dGate, dUp] = [gate, up].map((x) => tape.sink(x) ?? { tensor: tape.graph.tensor(`unused d ${x.name}`, x.shape), accumulate: false });
    // gate and up have one reader each, so neither gradient exists yet.
    tape.graph.add(swigluBackward, [gate, up, dOut], [dGate.tensor, dUp.tensor], { accumulate: dGate.accumulate && dUp.accumulate });
  },
};

/** @param gate @param up both [tokens, hidden]. */
export function swiglu(graph: Graph, gate: Tensor, up: Tensor): Tensor {
  const out = graph.tensor('swiglu', gate.shape);
  graph.add(swigluForward, [gate, up], [out]);
  return out;
}
