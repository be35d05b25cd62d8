/** Llama 2 and 3, SmolLM2, and the block that Mistral and Qwen share with them: norms before, rotary, grouped queries, SwiGLU. */
import * as v from 'valibot';
import type { Tensor } from '../../gpu/graph';
import { decoderConfig, decoderFields, readFields } from '../configFields';
import type { Pass } from '../pass';
import type { ModelConfig, NamedShape } from '../types';
import { linearShapes } from './linearShapes';

const LlamaConfig = v.object(decoderFields);

/** @throws StudioError `model-bad-config`, `model-unsupported` */
export function readLlama(json: unknown): ModelConfig {
  const c = readFields(LlamaConfig, json);
  const biases = [...(c.attention_bias ? ['qkv', 'out'] as const : []), ...(c.mlp_bias ? ['mlp'] as const : [])];
  return { ...decoderConfig('llama', c), ...(biases.length > 0 && { biases }) };
}

export function llamaShapes(config: ModelConfig): NamedShape[] {
  const { vocab, width, hidden, heads, kvHeads, headSize, biases = [], headNorms, tiedHead } = config;
  const shapes: NamedShape[] = [['model.embed_tokens.weight', [vocab, width]]];
  for (let layer = 0; layer < config.layers; layer++) {
    const at = `model.layers.${layer}`;
    const linear = (name: string, out: number, input: number, kind: 'qkv' | 'out' | 'mlp') =>
      linearShapes(`${at}.${name}`, out, input, biases.includes(kind));
    shapes.push(
      [`${at}.input_layernorm.weight`, [width]],
      ...linear('self_attn.q_proj', heads * headSize, width, 'qkv'),
      ...linear('self_attn.k_proj', kvHeads * headSize, width, 'qkv'),
      ...linear('self_attn.v_proj', kvHeads * headSize, width, 'qkv'),
      ...linear('self_attn.o_proj', width, heads * headSize, 'out'),
      ...(headNorms ? ['q', 'k'].map((each): NamedShape => [`${at}.self_attn.${each}_norm.weight`, [headSize]]) : []),
      [`${at}.post_attention_layernorm.weight`, [width]],
      ...linear('mlp.gate_proj', hidden, width, 'mlp'),
      ...linear('mlp.up_proj', hidden, width, 'mlp'),
      ...linear('mlp.down_proj', width, hidden, 'mlp'),
    );
  }
  shapes.push(['model.norm.weight', [width]]);
  if (!tiedHead) shapes.push(['lm_head.weight', [vocab, width]]);
  return shapes;
}

/** Hidden states after the last norm, [tokens, width]. */
export function llamaForward(pass: Pass): Tensor {
  const { heads, kvHeads, layers, headNorms } = pass.config;
  /** Queries or keys, normed where the family norms them. */
  const projected = (layer: number, each: 'q' | 'k', x: Tensor) => {
    const at = `model.layers.${layer}.self_attn.${each}`;
    const out = pass.linear(`${at}_proj`, x, { heads: each === 'q' ? heads : kvHeads });
    return headNorms ? pass.rmsnorm(`${at}_norm`, out) : out;
  };
  let x = pass.embed('model.embed_tokens');
  for (let layer = 0; layer < layers; layer++) {
    pass.beginLayer();
    const at = `model.layers.${layer}`;
    const forAttention = pass.rmsnorm(`${at}.input_layernorm`, x);
    const v = pass.linear(`${at}.self_attn.v_proj`, forAttention, { heads: kvHeads });
    const turned = pass.rope(layer, projected(layer, 'q', forAttention), projected(layer, 'k', forAttention));
    const mixed = pass.attend(layer, ...turned, v);
    x = pass.linear(`${at}.self_attn.o_proj`, mixed, { residual: x });
    const forMlp = pass.rmsnorm(`${at}.post_attention_layernorm`, x);
    const gate = pass.linear(`${at}.mlp.gate_proj`, forMlp);
    const up = pass.linear(`${at}.mlp.up_proj`, forMlp);
    x = pass.linear(`${at}.mlp.down_proj`, pass.swiglu(gate, up), { residual: x });
  }
  return pass.rmsnorm('model.norm', x);
}
