/** Dropout (Srivastava et al. 2014) whose mask is never stored: it follows from a seed, the place in the model and the element. */
import shader from '$shaders/dropout.wgsl?raw';
import { ceilDiv, elements, grid, type Dropout, type Graph, type Op, type Tensor } from '../graph';
import { blocksOf } from './vectors';

/** Murmur3's finaliser, as in the kernel. */
function mix(h: number): number {
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

const dropoutOp: Op = {
  name: 'dropout',
  dispatch({ inputs: [x, seed], outputs: [out], attributes }) {
    const { rate, site } = attributes as Record<string, number>;
    return {
      shader, settings: { ACCUMULATE: attributes.accumulate === true }, groups: grid(ceilDiv(elements(x), 64)),
      uniforms: [elements(x), site, Math.floor(rate * 2 ** 32), { f32: 1 / (1 - rate) }],
      bindings: [{ binding: 1, tensor: x }, { binding: 2, tensor: seed }, { binding: 3, tensor: out, write: true }],
    };
  },
  kernels({ inputs: [x, seed], outputs: [out], attributes }) {
    const { rate, site } = attributes as Record<string, number>;
    const count = elements(x);
    const args = [x, seed, out, count, site, Math.floor(rate * 2 ** 32), { f32: 1 / (1 - rate) }, attributes.accumulate ? 1 : 0];
    return { calls: [{ kernel: 'dropout', args, units: blocksOf(count) }] };
  },
  reference([x, [seed]], [out], { attributes }) {
    const { rate, site } = attributes as Record<string, number>;
    const start = mix(seed ^ Math.imul(site, 0x9e3779b1));
    for (let i = 0; i < x.length; i++) {
      const kept = mix(start + Math.imul(i, 0x9e3779b9)) >= Math.floor(rate * 2 ** 32);
      out[i] = (attributes.accumulate ? out[i] : 0) + (kept ? x[i] / (1 - rate) : 0);
    }
  },
};

/** target (+)= dropout(x). The gradient is the same call on the gradient. */
export function emitDropout(graph: Graph, x: Tensor, target: Tensor, { rate, seed, site }: Dropout, accumulate = false): void {
  graph.add(dropoutOp, [x, seed], [target], { rate, site, accumulate });
}
