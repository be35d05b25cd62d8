/** A new student for a built-in world: small, Llama-style, with random numbers from a seed. */
import { Random } from '../core/random';
import type { World } from '../data/types';
import { tokenizerConfigJson } from '../data/worlds';
import { memorySources } from '../model/byteSource';
import { openStudent } from '../model/student';
import { writeSafetensors } from '../model/safetensors';
import type { Params, Student } from '../model/types';

/** About 351,000 parameters with a vocabulary of 100: the smallest size that shows the effect without forgetting. */
export const FRESH_SHAPE = { width: 96, layers: 3, heads: 4, hidden: 256, context: 96 };

/**
 * Weights N(0, 1/fan-in), the two that write to the residual stream divided by √(2·layers) more, embeddings N(0, 1), a head of
 * its own, norms at 1: a plain Llama that every other tool loads.
 */
export async function freshStudent(name: string, world: World, seed: number, shape = FRESH_SHAPE): Promise<Student> {
  const tokenizer = world.tokenizerJson() as { model: { vocab: Record<string, number> } };
  const { vocab } = tokenizer.model;
  const { width, layers, heads, hidden, context } = shape;
  const config = {
    architectures: ['LlamaForCausalLM'],
    model_type: 'llama',
    vocab_size: Object.keys(vocab).length,
    hidden_size: width,
    num_hidden_layers: layers,
    num_attention_heads: heads,
    num_key_value_heads: heads,
    head_dim: width / heads,
    intermediate_size: hidden,
    max_position_embeddings: context,
    hidden_act: 'silu',
    rms_norm_eps: 1e-5,
    rope_theta: 10000,
    attention_bias: false,
    mlp_bias: false,
    tie_word_embeddings: false,
    pad_token_id: vocab['<pad>'],
    bos_token_id: vocab['<bos>'],
    eos_token_id: vocab['<eos>'],
    torch_dtype: 'float32',
  };
  const json = (value: object) => new TextEncoder().encode(`${JSON.stringify(value, null, 2)}\n`);
  const files = new Map([
    ['config.json', json(config)],
    ['tokenizer.json', json(tokenizer)],
    ['tokenizer_config.json', json({ ...tokenizerConfigJson(), model_max_length: context })],
    ['model.safetensors', writeSafetensors(freshParams(config.vocab_size, seed, shape))],
  ]);
  return openStudent(name, memorySources(files));
}

function freshParams(vocabSize: number, seed: number, { width, layers, hidden }: typeof FRESH_SHAPE): Params {
  const params: Params = new Map();
  const normal = (name: string, shape: number[], scale: number) => {
    const random = new Random(seed, 'fresh student', name);
    params.set(name, { shape, data: Float32Array.from({ length: shape[0] * shape[1] }, () => random.normal() * scale) });
  };
  const ones = (name: string) => params.set(name, { shape: [width], data: new Float32Array(width).fill(1) });
  const intoResidual = 1 / Math.sqrt(2 * layers);
  normal('model.embed_tokens.weight', [vocabSize, width], 1);
  for (let layer = 0; layer < layers; layer++) {
    const at = `model.layers.${layer}`;
    ones(`${at}.input_layernorm.weight`);
    for (const each of ['q', 'k', 'v']) normal(`${at}.self_attn.${each}_proj.weight`, [width, width], 1 / Math.sqrt(width));
    normal(`${at}.self_attn.o_proj.weight`, [width, width], intoResidual / Math.sqrt(width));
    ones(`${at}.post_attention_layernorm.weight`);
    for (const each of ['gate', 'up']) normal(`${at}.mlp.${each}_proj.weight`, [hidden, width], 1 / Math.sqrt(width));
    normal(`${at}.mlp.down_proj.weight`, [width, hidden], intoResidual / Math.sqrt(hidden));
  }
  ones('model.norm.weight');
  normal('lm_head.weight', [vocabSize, width], 1 / Math.sqrt(width));
  return params;
}
