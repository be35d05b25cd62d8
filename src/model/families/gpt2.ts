/** GPT-2: layer norms, learned positions, plain GELU, one fused projection for queries, keys and values, biases everywhere. */
import * as v from 'valibot';
import type { Tensor } from '../../gpu/graph';
import { headsOf, maybe, positive, readFields, sharedFields, size, tokensOf, unsupported } from '../configFields';
import type { Pass } from '../pass';
import type { ModelConfig, NamedShape } from '../types';
import { linearShapes } from './linearShapes';

const Gpt2Config = v.object({
  ...sharedFields,
  n_embd: size(1 << 16),
  n_layer: size(512),
  n_head: size(1024),
  n_inner: maybe(size(1 << 18)),
  n_positions: size(1 << 20),
  layer_norm_epsilon: v.optional(positive, 1e-5),
  activation_function: v.optional(v.string(), 'gelu_new'),
  scale_attn_weights: v.optional(v.boolean(), true),
  scale_attn_by_inverse_layer_idx: v.optional(v.boolean(), false),
  add_cross_attention: v.optional(v.boolean(), false),
});

/** @throws StudioError `model-bad-config`, `model-unsupported` */
export function readGpt2(json: unknown): ModelConfig {
  const c = readFields(Gpt2Config, json);
  if (c.activation_function !== 'gelu_new' && c.activation_function !== 'gelu_pytorch_tanh') throw unsupported(`the activation "${c.activation_function}"`);
  if (c.scale_attn_by_inverse_layer_idx) throw unsupported('attention scaled by the number of the layer');
  if (c.add_cross_attention) throw unsupported('cross-attention');
  return {
    family: 'gpt2', ...tokensOf(c), ...headsOf(c.n_embd, c.n_head), layers: c.n_layer, hidden: c.n_inner ?? 4 * c.n_embd, context: c.n_positions,
    normEps: c.layer_norm_epsilon, tiedHead: c.tie_word_embeddings ?? true, ...(!c.scale_attn_weights && { scoreScale: 1 }),
  };
}

export function gpt2Shapes({ vocab, width, hidden, layers, context, tiedHead }: ModelConfig): NamedShape[] {
  const norm = (name: string): NamedShape[] => [[`${name}.weight`, [width]], [`${name}.bias`, [width]]];
  const shapes: NamedShape[] = [['transformer.wte.weight', [vocab, width]], ['transformer.wpe.weight', [context, width]]];
  for (let layer = 0; layer < layers; layer++) {
    const at = `transformer.h.${layer}`;
    shapes.push(
      ...norm(`${at}.ln_1`), ...linearShapes(`${at}.attn.c_attn`, 3 * width, width, true), ...linearShapes(`${at}.attn.c_proj`, width, width, true),
      ...norm(`${at}.ln_2`), ...linearShapes(`${at}.mlp.c_fc`, hidden, width, true), ...linearShapes(`${at}.mlp.c_proj`, width, hidden, true),
    );
  }
  shapes.push(...norm('transformer.ln_f'));
  if (!tiedHead) shapes.push(['lm_head.weight', [vocab, width]]);
  return shapes;
}

/** Weights that GPT-2's files keep as [in, out]. */
export function isGpt2Matrix(name: string): boolean {
  return /\.(c_attn|c_proj|c_fc)\.weight$/.test(name);
}

/** Hidden states after the last norm, [tokens, width]. */
export function gpt2Forward(pass: Pass): Tensor {
  let x = pass.addPositions('transformer.wpe', pass.embed('transformer.wte'));
  for (let layer = 0; layer < pass.config.layers; layer++) {
    pass.beginLayer();
    const at = `transformer.h.${layer}`;
    const [q, k, v] = pass.splitThree(pass.linear(`${at}.attn.c_attn`, pass.layernorm(`${at}.ln_1`, x)));
    x = pass.linear(`${at}.attn.c_proj`, pass.attend(layer, q, k, v), { residual: x });
    const hidden = pass.gelu(pass.linear(`${at}.mlp.c_fc`, pass.layernorm(`${at}.ln_2`, x)));
    x = pass.linear(`${at}.mlp.c_proj`, hidden, { residual: x });
  }
  return pass.layernorm('transformer.ln_f', x);
}
