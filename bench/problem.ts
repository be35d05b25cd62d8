/** What every engine of the bench trains: one Llama-style model, one batch, one optimiser, from the same seeded numbers. */
import { Random } from '../src/core/random';

/** 935,040 parameters: pre-RMSNorm, rope, SwiGLU, untied head, no biases. */
export const shape = {
  vocab: 512, width: 128, layers: 4, heads: 4, headSize: 32, hidden: 352, context: 128, batch: 8, normEps: 1e-5, ropeBase: 10000,
};
/** AdamW with decoupled decay on every parameter, no clipping. */
export const optimiser = { learningRate: 1e-3, beta1: 0.9, beta2: 0.98, epsilon: 1e-8, weightDecay: 0.1 };
export const tokensPerStep = shape.batch * shape.context;
const seed = 2025;

/** Parameter name (Hugging Face's) → shape and values; linear weights are [out, in]. */
export type Numbers = Map<string, { shape: number[]; data: Float32Array }>;

/** Initial parameters: normal with deviation 0.05, norms 1. */
export function initialParams(): Numbers {
  const { vocab, width, layers, hidden } = shape;
  const shapes: [string, number[]][] = [['model.embed_tokens.weight', [vocab, width]]];
  for (let layer = 0; layer < layers; layer++) {
    const at = `model.layers.${layer}`;
    for (const name of ['q_proj', 'k_proj', 'v_proj', 'o_proj']) shapes.push([`${at}.self_attn.${name}.weight`, [width, width]]);
    for (const name of ['gate_proj', 'up_proj']) shapes.push([`${at}.mlp.${name}.weight`, [hidden, width]]);
    shapes.push([`${at}.mlp.down_proj.weight`, [width, hidden]]);
    shapes.push([`${at}.input_layernorm.weight`, [width]], [`${at}.post_attention_layernorm.weight`, [width]]);
  }
  shapes.push(['model.norm.weight', [width]], ['lm_head.weight', [vocab, width]]);
  return new Map(shapes.map(([name, dims]) => {
    const random = new Random(seed, name);
    const data = new Float32Array(dims.reduce((a, b) => a * b));
    for (let i = 0; i < data.length; i++) data[i] = dims.length === 1 ? 1 : 0.05 * random.normal();
    return [name, { shape: dims, data }];
  }));
}

/** Token ids and the next tokens, each batch · context long, row after row. */
export function batch(): { ids: Int32Array; targets: Int32Array } {
  const random = new Random(seed, 'batch');
  const ids = new Int32Array(tokensPerStep);
  const targets = new Int32Array(tokensPerStep);
  for (let row = 0; row < shape.batch; row++) {
    let token = random.below(shape.vocab);
    for (let t = 0; t < shape.context; t++) {
      ids[row * shape.context + t] = token;
      token = random.below(shape.vocab);
      targets[row * shape.context + t] = token;
    }
  }
  return { ids, targets };
}

/** Cosines and sines [context, headSize] of rope over the two halves of a head. */
export function ropeTables(): { cos: Float32Array; sin: Float32Array } {
  const { context, headSize, ropeBase } = shape;
  const angle = (n: number) => Math.floor(n / headSize) * ropeBase ** ((-2 * (n % (headSize / 2))) / headSize);
  const table = (turn: (x: number) => number) => Float32Array.from({ length: context * headSize }, (_, n) => turn(angle(n)));
  return { cos: table(Math.cos), sin: table(Math.sin) };
}

/** An engine at the start line. `step` does one whole training step and returns the loss before its update, when all of it is done. */
export interface Contestant {
  step(): Promise<number>;
  /** The best rate of its own matrix products now, 10⁹ sums and products a second: of ours. */
  bestProduct?(): Promise<number>;
}
