/** Reads a Hugging Face `config.json`. What a config asks for and the engine lacks is refused by name. */
import * as v from 'valibot';
import { StudioError } from '../core/errors';
import type { ModelConfig } from './types';

const size = (most: number) => v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(most));
const tokenId = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(1 << 24));

const LlamaConfig = v.object({
  model_type: v.string(),
  vocab_size: size(1 << 24),
  hidden_size: size(1 << 16),
  num_hidden_layers: size(512),
  num_attention_heads: size(1024),
  num_key_value_heads: v.optional(size(1024)),
  head_dim: v.optional(v.nullable(size(512))),
  intermediate_size: size(1 << 18),
  max_position_embeddings: size(1 << 24),
  rms_norm_eps: v.optional(v.number(), 1e-6),
  rope_theta: v.optional(v.number()),
  rope_parameters: v.optional(v.nullable(v.looseObject({ rope_theta: v.optional(v.number()), rope_type: v.optional(v.string()) }))),
  rope_scaling: v.optional(v.nullable(v.looseObject({}))),
  hidden_act: v.optional(v.string(), 'silu'),
  tie_word_embeddings: v.optional(v.boolean(), false),
  attention_bias: v.optional(v.boolean(), false),
  mlp_bias: v.optional(v.boolean(), false),
  quantization_config: v.optional(v.unknown()),
  bos_token_id: v.optional(v.nullable(tokenId)),
  eos_token_id: v.optional(v.nullable(v.union([tokenId, v.array(tokenId)]))),
});

/** @throws StudioError `model-bad-config`, `model-unsupported` */
export function parseConfig(text: string): ModelConfig {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new StudioError('model-bad-config', 'config.json is not JSON.', { where: 'config.json', cause });
  }
  const family = (json as { model_type?: unknown } | null)?.model_type;
  if (family !== 'llama') {
    throw unsupported(typeof family === 'string' ? `the model family "${family.slice(0, 40)}"` : 'a config without a model_type');
  }
  const parsed = v.safeParse(LlamaConfig, json);
  if (!parsed.success) {
    const [issue] = parsed.issues;
    throw new StudioError('model-bad-config', `config.json is not a Llama configuration: ${issue.message}`, {
      where: v.getDotPath(issue) ?? 'config.json',
    });
  }
  const c = parsed.output;
  if (c.hidden_act !== 'silu') throw unsupported(`the activation "${c.hidden_act}"`);
  if (c.attention_bias || c.mlp_bias) throw unsupported('biases in attention or MLP');
  if (c.rope_scaling || (c.rope_parameters?.rope_type ?? 'default') !== 'default') throw unsupported('scaled rotary positions');
  if (c.quantization_config) throw unsupported('weights quantised by another tool');
  const kvHeads = c.num_key_value_heads ?? c.num_attention_heads;
  const headSize = c.head_dim ?? c.hidden_size / c.num_attention_heads;
  if (c.num_attention_heads % kvHeads !== 0 || !Number.isInteger(headSize) || headSize % 2 !== 0) {
    throw new StudioError('model-bad-config', 'config.json has heads that do not divide evenly.', { where: 'num_attention_heads' });
  }
  const eos = c.eos_token_id ?? [];
  return {
    family: 'llama', vocab: c.vocab_size, width: c.hidden_size, layers: c.num_hidden_layers, heads: c.num_attention_heads, kvHeads,
    headSize, hidden: c.intermediate_size, context: c.max_position_embeddings, normEps: c.rms_norm_eps,
    ropeBase: c.rope_theta ?? c.rope_parameters?.rope_theta ?? 10000, tiedHead: c.tie_word_embeddings,
    bosId: c.bos_token_id ?? undefined, eosIds: Array.isArray(eos) ? eos : [eos],
  };
}

function unsupported(what: string): StudioError {
  return new StudioError('model-unsupported', `This student needs ${what}, which the engine does not have yet.`, {
    where: 'config.json',
    kept: 'Nothing was loaded.',
    remedy: 'Choose a Llama-family model with plain rotary positions.',
  });
}
