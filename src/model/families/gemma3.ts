/**
 * Gemma 3, text only: norms before and after each part, weights of norms kept as their distance from 1, GeGLU, an embedding times
 * √width, head norms, and layers with a window whose rotary base is another.
 */
import * as v from 'valibot';
import type { Tensor } from '../../gpu/graph';
import { decoderFields, headsOf, maybe, positive, readFields, readRope, RopeFields, size, tokensOf, unsupported } from '../configFields';
import type { Pass } from '../pass';
import type { ModelConfig, NamedShape } from '../types';
import { windowFields, windowsOf } from '../windows';
import { linearShapes } from './linearShapes';

const layerRopes = v.object({ full_attention: v.optional(RopeFields), sliding_attention: v.optional(RopeFields) });
const Gemma3Config = v.object({
  ...decoderFields,
  ...windowFields,
  num_key_value_heads: v.optional(size(1024), 4),
  head_dim: v.optional(size(512), 256),
  hidden_activation: v.optional(v.string(), 'gelu_pytorch_tanh'),
  rope_parameters: maybe(v.union([layerRopes, RopeFields])),
  rope_local_base_freq: v.optional(positive, 10000),
  query_pre_attn_scalar: v.optional(positive, 256),
  sliding_window_pattern: v.optional(size(512)),
  _sliding_window_pattern: v.optional(size(512)),
  attn_logit_softcapping: maybe(positive),
  final_logit_softcapping: maybe(positive),
  use_bidirectional_attention: maybe(v.boolean()),
});

/** @throws StudioError `model-bad-config`, `model-unsupported` */
export function readGemma3(json: unknown): ModelConfig {
  const c = readFields(Gemma3Config, json);
  if (c.hidden_activation !== 'gelu_pytorch_tanh') throw unsupported(`the activation "${c.hidden_activation}"`);
  if (c.use_bidirectional_attention) throw unsupported('attention to later tokens');
  const byLayer = c.rope_parameters && 'full_attention' in c.rope_parameters ? c.rope_parameters : undefined;
  const all = byLayer ? byLayer.full_attention : ((c.rope_parameters as v.InferOutput<typeof RopeFields> | undefined) ?? c.rope_scaling);
  const { base, scaling } = readRope(all, c.rope_theta ?? 1_000_000);
  const local = readRope(byLayer?.sliding_attention, c.rope_local_base_freq);
  if (local.scaling) throw unsupported('scaled rotary positions in layers with a window');
  const pattern = c.sliding_window_pattern ?? c._sliding_window_pattern ?? 6;
  const windows = windowsOf(c.num_hidden_layers, c.sliding_window ?? 4096, c.layer_types, (layer) => (layer + 1) % pattern !== 0);
  return {
    family: 'gemma3', ...tokensOf(c), ...headsOf(c.hidden_size, c.num_attention_heads, c.num_key_value_heads, c.head_dim), layers: c.num_hidden_layers,
    hidden: c.intermediate_size, context: c.max_position_embeddings, normEps: c.rms_norm_eps, tiedHead: c.tie_word_embeddings ?? true,
    ropeBase: base, ...(scaling && { ropeScaling: scaling }), ...(windows && { windows, localRopeBase: local.base }),
    scoreScale: c.query_pre_attn_scalar ** -0.5, ...(c.attn_logit_softcapping && { scoreCap: c.attn_logit_softcapping }),
    ...(c.final_logit_softcapping && { logitCap: c.final_logit_softcapping }), ...(c.attention_bias && { biases: ['qkv', 'out'] as const }),
  };
}

export function gemma3Shapes(config: ModelConfig): NamedShape[] {
  const { vocab, width, hidden, heads, kvHeads, headSize, layers, biases = [], tiedHead } = config;
  const shapes: NamedShape[] = [['model.embed_tokens.weight', [vocab, width]]];
  for (let layer = 0; layer < layers; layer++) {
    const at = `model.layers.${layer}`;
    shapes.push(
      [`${at}.input_layernorm.weight`, [width]],
      ...linearShapes(`${at}.self_attn.q_proj`, heads * headSize, width, biases.includes('qkv')),
      ...linearShapes(`${at}.self_attn.k_proj`, kvHeads * headSize, width, biases.includes('qkv')),
      ...linearShapes(`${at}.self_attn.v_proj`, kvHeads * headSize, width, biases.includes('qkv')),
      ...linearShapes(`${at}.self_attn.o_proj`, width, heads * headSize, biases.includes('out')),
      [`${at}.self_attn.q_norm.weight`, [headSize]],
      [`${at}.self_attn.k_norm.weight`, [headSize]],
      [`${at}.post_attention_layernorm.weight`, [width]],
      [`${at}.pre_feedforward_layernorm.weight`, [width]],
      [`${at}.mlp.gate_proj.weight`, [hidden, width]],
      [`${at}.mlp.up_proj.weight`, [hidden, width]],
      [`${at}.mlp.down_proj.weight`, [width, hidden]],
      [`${at}.post_feedforward_layernorm.weight`, [width]],
    );
  }
  shapes.push(['model.norm.weight', [width]]);
  if (!tiedHead) shapes.push(['lm_head.weight', [vocab, width]]);
  return shapes;
}

/** Hidden states after the last norm, [tokens, width]. */
export function gemma3Forward(pass: Pass): Tensor {
  const { heads, kvHeads, layers, width } = pass.config;
  const norm = (name: string, x: Tensor, residual?: Tensor) => pass.rmsnorm(name, x, { plusOne: true, residual });
  let x = pass.embed('model.embed_tokens', Math.sqrt(width));
  for (let layer = 0; layer < layers; layer++) {
    pass.beginLayer();
    const at = `model.layers.${layer}`;
    const forAttention = norm(`${at}.input_layernorm`, x);
    const q = norm(`${at}.self_attn.q_norm`, pass.linear(`${at}.self_attn.q_proj`, forAttention, { heads }));
    const k = norm(`${at}.self_attn.k_norm`, pass.linear(`${at}.self_attn.k_proj`, forAttention, { heads: kvHeads }));
    const v = pass.linear(`${at}.self_attn.v_proj`, forAttention, { heads: kvHeads });
    const mixed = pass.attend(layer, ...pass.rope(layer, q, k), v);
    x = norm(`${at}.post_attention_layernorm`, pass.linear(`${at}.self_attn.o_proj`, mixed), x);
    const forMlp = norm(`${at}.pre_feedforward_layernorm`, x);
    const gated = pass.gelu(pass.linear(`${at}.mlp.gate_proj`, forMlp), pass.linear(`${at}.mlp.up_proj`, forMlp));
    x = norm(`${at}.post_feedforward_layernorm`, pass.linear(`${at}.mlp.down_proj`, gated), x);
  }
  return norm('model.norm', x);
}
