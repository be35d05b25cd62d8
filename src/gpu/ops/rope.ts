/** Rotary position embedding (Su et al. 2021), half-split pairs as in Hugging Face's Llama. */
import shader from '$shaders/rope.wgsl?raw';
import { ceilDiv, grid, type Graph, type Op, type Tensor } from '../graph';
import { vectorsFor } from './vectors';

const ropeOp: Op = {
  name: 'rope',
  dispatch({ inputs: [x, positions, cosines, sines], outputs: [y], attributes }) {
    const [tokens, heads, headSize] = x.shape;
    const { size, settings } = vectorsFor(headSize / 2);
    const half = headSize / 2 / size;
    return {
      shader, settings: { ...settings, ACCUMULATE: attributes.accumulate === true },
      uniforms: [tokens, heads, half, { f32: attributes.direction as number }], groups: grid(ceilDiv(tokens * heads * half, 64)),
      bindings: [
        { binding: 1, tensor: x }, { binding: 2, tensor: positions }, { binding: 3, tensor: cosines },
        { binding: 4, tensor: sines }, { binding: 5, tensor: y, write: true },
      ],
    };
  },
  kernels({ inputs: [x, positions, cosines, sines], outputs: [y], attributes }) {
    const [tokens, heads, headSize] = x.shape;
    const direction = { f32: attributes.direction as number };
    const args = [x, positions, cosines, sines, y, heads, headSize / 2, direction, attributes.accumulate ? 1 : 0];
    return { calls: [{ kernel: 'rope', args, units: tokens }] };
  },
  reference([x, positions, cosines, sines], [y], node) {
    const [tokens, heads, headSize] = node.inputs[0].shape;
    const half = headSize / 2;
    const direction = node.attributes.direction as number;
    for (let row = 0; row < tokens * heads; row++) {
      const angle = positions[Math.floor(row / heads)] * half;
      for (let i = 0; i < half; i++) {
        const c = cosines[angle + i];
        const s = sines[angle + i] * direction;
        const [low, high] = [row * headSize + i, row * headSize + i + half];
        const [a, b] = [x[low], x[high]];
        y[low] = (node.attributes.accumulate ? y[low] : 0) + a * c - b * s;
        y[high] = (node.attributes.accumulate ? y[high] : 0) + b * c + a * s;
      }
    }
  },
  backward({ inputs: [x, positions, cosines, sines], attributes }, [dy], tape) {
    const dx = dy && tape.sink(x);
    if (!dx) return;
    const direction = -(attributes.direction as number);
    tape.graph.add(ropeOp, [dy, positions, cosines, sines], [dx.tensor], { direction, accumulate: dx.accumulate });
  },
};

export interface RopeTensors {
  cosines: Tensor;
  sines: Tensor;
}

/** Slower turning for longer contexts: all pairs alike, or Llama 3.1's, which leaves the fast pairs and slows the slow ones. */
export type RopeScaling =
  | { type: 'linear'; factor: number }
  | { type: 'llama3'; factor: number; low: number; high: number; context: number };

/**
 * Turns x [tokens, heads, headSize] by each token's position.
 * @param positions [tokens] u32; @param tables cos and sin, each [context, headSize / 2].
 */
export function rope(graph: Graph, x: Tensor, positions: Tensor, tables: RopeTensors): Tensor {
  const y = graph.tensor(`rope ${x.name}`, x.shape);
  graph.add(ropeOp, [x, positions, tables.cosines, tables.sines], [y], { direction: 1, accumulate: false });
  return y;
}

/** Radians a position by pair: base^(−2i/headSize), scaled. Llama 3.1's rule is that of `transformers` (modeling_rope_utils). */
function frequencies(headSize: number, base: number, scaling?: RopeScaling): number[] {
  return Array.from({ length: headSize / 2 }, (_, i) => {
    const plain = base ** ((-2 * i) / headSize);
    if (!scaling) return plain;
    if (scaling.type === 'linear') return plain / scaling.factor;
    const { factor, low, high, context } = scaling;
    const turns = (context * plain) / (2 * Math.PI);
    const kept = Math.min(1, Math.max(0, (turns - low) / (high - low)));
    return (1 - kept) * (plain / factor) + kept * plain;
  });
}

/** cos and sin of position · frequency, in float64, stored as f32. */
export function ropeTables(context: number, headSize: number, base: number, scaling?: RopeScaling): { cosines: Float32Array; sines: Float32Array } {
  const half = headSize / 2;
  const turning = frequencies(headSize, base, scaling);
  const cosines = new Float32Array(context * half);
  const sines = new Float32Array(context * half);
  for (let position = 0; position < context; position++) {
    for (let i = 0; i < half; i++) {
      const angle = position * turning[i];
      cosines[position * half + i] = Math.cos(angle);
      sines[position * half + i] = Math.sin(angle);
    }
  }
  return { cosines, sines };
}
