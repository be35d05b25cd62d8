/** Rotary position embedding (Su et al. 2021) of queries and keys, half-split pairs as in Hugging Face's Llama. */
import shader from '$shaders/rope.wgsl?raw';
import { ceilDiv, grid, type Graph, type Op, type Tensor } from '../graph';
import { vectorsFor } from './vectors';

const ropeOp: Op = {
  name: 'rope',
  dispatch({ inputs: [q, k, positions, cosines, sines], outputs: [turnedQ, turnedK], attributes: { direction, accumulate, accumulateKeys } }) {
    const [tokens, heads, headSize] = q.shape;
    const kvHeads = k.shape[1];
    const { size, settings } = vectorsFor(headSize / 2);
    const half = headSize / 2 / size;
    return {
      shader, settings: { ...settings, ACCUMULATE: accumulate === true, ACCUMULATE_KEYS: accumulateKeys === true },
      uniforms: [tokens, heads, kvHeads, half, { f32: direction as number }], groups: grid(ceilDiv(tokens * half, 64)),
      bindings: [
        { binding: 1, tensor: q }, { binding: 2, tensor: k }, { binding: 3, tensor: positions }, { binding: 4, tensor: cosines },
        { binding: 5, tensor: sines }, { binding: 6, tensor: turnedQ, write: true }, { binding: 7, tensor: turnedK, write: true },
      ],
    };
  },
  kernels({ inputs: [q, k, positions, cosines, sines], outputs: [turnedQ, turnedK], attributes }) {
    const direction = { f32: attributes.direction as number };
    const call = (x: Tensor, y: Tensor, accumulate: unknown) => {
      const [tokens, heads, headSize] = x.shape;
      return { kernel: 'rope', args: [x, positions, cosines, sines, y, heads, headSize / 2, direction, accumulate ? 1 : 0], units: tokens };
    };
    return { calls: [call(q, turnedQ, attributes.accumulate), call(k, turnedK, attributes.accumulateKeys)] };
  },
  reference([q, k, positions, cosines, sines], [turnedQ, turnedK], { inputs, attributes }) {
    const direction = attributes.direction as number;
    const turn = (x: Float64Array, y: Float64Array, [tokens, heads, headSize]: readonly number[], accumulate: unknown) => {
      const half = headSize / 2;
      for (let row = 0; row < tokens * heads; row++) {
        const angle = positions[Math.floor(row / heads)] * half;
        for (let i = 0; i < half; i++) {
          const c = cosines[angle + i];
          const s = sines[angle + i] * direction;
          const [low, high] = [row * headSize + i, row * headSize + i + half];
          const [a, b] = [x[low], x[high]];
          y[low] = (accumulate ? y[low] : 0) + a * c - b * s;
          y[high] = (accumulate ? y[high] : 0) + b * c + a * s;
        }
      }
    };
    turn(q, turnedQ, inputs[0].shape, attributes.accumulate);
    turn(k, turnedK, inputs[1].shape, attributes.accumulateKeys);
  },
  backward({ inputs: [q, k, ...tables], attributes }, [dTurnedQ, dTurnedK], tape) {
    if (!dTurnedQ || !dTurnedK) throw new Error(`${q.name} and ${k.name} are turned together and need both gradients`);
    const sinkOf = (x: Tensor) => tape.sink(x) ?? { tensor: tape.graph.tensor(`unused d ${x.name}`, x.shape), accumulate: false };
    const [dQ, dK] = [sinkOf(q), sinkOf(k)];
    tape.graph.add(ropeOp, [dTurnedQ, dTurnedK, ...tables], [dQ.tensor, dK.tensor], {
      direction: -(attributes.direction as number), accumulate: dQ.accumulate, accumulateKeys: dK.accumulate,
    });
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
 * Turns q [tokens, heads, headSize] and k [tokens, kvHeads, headSize] by each token's position.
 * @param positions [tokens] u32; @param tables cos and sin, each [context, headSize / 2].
 */
export function rope(graph: Graph, q: Tensor, k: Tensor, positions: Tensor, tables: RopeTensors): [q: Tensor, k: Tensor] {
  const turned: [Tensor, Tensor] = [graph.tensor(`rope ${q.name}`, q.shape), graph.tensor(`rope ${k.name}`, k.shape)];
  graph.add(ropeOp, [q, k, positions, tables.cosines, tables.sines], turned, { direction: 1, accumulate: false, accumulateKeys: false });
  return turned;
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
