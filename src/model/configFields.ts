/** The fields that decoder families share in a Hugging Face `config.json`, checked, and how each becomes ours. */
import * as v from 'valibot';
import { StudioError } from '../core/errors';
import type { RopeScaling } from '../gpu/ops/rope';
import type { FamilyName, ModelConfig } from './types';

export const size = (most: number) => v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(most));
export const positive = v.pipe(v.number(), v.finite(), v.minValue(1e-12));
/** A field that may be missing or null. */
export const maybe = <T extends v.GenericSchema>(schema: T) => v.optional(v.nullable(schema));
const tokenId = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(1 << 24));

export const RopeFields = v.object({
  rope_theta: v.optional(positive),
  rope_type: v.optional(v.string()),
  type: v.optional(v.string()),
  factor: v.optional(positive),
  low_freq_factor: v.optional(positive),
  high_freq_factor: v.optional(positive),
  original_max_position_embeddings: v.optional(positive),
});

/** Token ids and promises that every family's configuration may hold. */
export const sharedFields = {
  vocab_size: size(1 << 24),
  tie_word_embeddings: v.optional(v.boolean()),
  quantization_config: v.optional(v.unknown()),
  bos_token_id: maybe(tokenId),
  eos_token_id: maybe(v.union([tokenId, v.array(tokenId)])),
};

export const decoderFields = {
  ...sharedFields,
  hidden_size: size(1 << 16),
  num_hidden_layers: size(512),
  num_attention_heads: size(1024),
  num_key_value_heads: maybe(size(1024)),
  head_dim: maybe(size(512)),
  intermediate_size: size(1 << 18),
  max_position_embeddings: size(1 << 24),
  rms_norm_eps: v.optional(positive, 1e-6),
  rope_theta: v.optional(positive),
  rope_parameters: maybe(RopeFields),
  rope_scaling: maybe(RopeFields),
  partial_rotary_factor: v.optional(v.number(), 1),
  hidden_act: v.optional(v.string(), 'silu'),
  attention_bias: v.optional(v.boolean(), false),
  mlp_bias: v.optional(v.boolean(), false),
};
const DecoderConfig = v.object(decoderFields);
export type DecoderFields = v.InferOutput<typeof DecoderConfig>;

/** @throws StudioError `model-bad-config` naming the field. */
export function readFields<T extends v.GenericSchema>(schema: T, json: unknown): v.InferOutput<T> {
  const parsed = v.safeParse(schema, json);
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  throw new StudioError('model-bad-config', `config.json is not a configuration of its family: ${issue.message}`, {
    where: v.getDotPath(issue) ?? 'config.json',
  });
}

export function unsupported(what: string): StudioError {
  return new StudioError('model-unsupported', `This student needs ${what}, which the engine does not have.`, {
    where: 'config.json',
    kept: 'Nothing was loaded.',
    remedy: 'Choose a plain model of the Llama, SmolLM, Mistral, Qwen, Gemma 3 text or GPT-2 families.',
  });
}

/**
 * What Llama, Mistral and Qwen read alike.
 * @throws StudioError `model-unsupported`, `model-bad-config`
 */
export function decoderConfig(family: FamilyName, c: DecoderFields): ModelConfig {
  if (c.hidden_act !== 'silu') throw unsupported(`the activation "${c.hidden_act}"`);
  if (c.partial_rotary_factor !== 1) throw unsupported('rotary positions on a part of each head');
  const { base, scaling } = readRope(c.rope_parameters ?? c.rope_scaling, c.rope_theta);
  return {
    family, ...tokensOf(c), ...headsOf(c.hidden_size, c.num_attention_heads, c.num_key_value_heads, c.head_dim), layers: c.num_hidden_layers,
    hidden: c.intermediate_size, context: c.max_position_embeddings, normEps: c.rms_norm_eps, ropeBase: base,
    ...(scaling && { ropeScaling: scaling }), tiedHead: c.tie_word_embeddings ?? false,
  };
}

/** @throws StudioError `model-unsupported` for weights another tool has quantised. */
export function tokensOf(c: v.InferOutput<v.ObjectSchema<typeof sharedFields, undefined>>): Pick<ModelConfig, 'vocab' | 'bosId' | 'eosIds'> {
  if (c.quantization_config) throw unsupported('weights quantised by another tool');
  const eos = c.eos_token_id ?? [];
  return { vocab: c.vocab_size, bosId: c.bos_token_id ?? undefined, eosIds: Array.isArray(eos) ? eos : [eos] };
}

/** @throws StudioError `model-bad-config` */
export function headsOf(width: number, heads: number, kvHeads?: number | null, headSize?: number | null): Pick<ModelConfig, 'width' | 'heads' | 'kvHeads' | 'headSize'> {
  const found = { width, heads, kvHeads: kvHeads ?? heads, headSize: headSize ?? width / heads };
  if (heads % found.kvHeads === 0 && Number.isInteger(found.headSize) && found.headSize % 2 === 0) return found;
  throw new StudioError('model-bad-config', 'config.json has heads that do not divide evenly.', { where: 'num_attention_heads' });
}

/**
 * Rotary base and scaling, from `rope_parameters` (newer files) or `rope_scaling` beside `rope_theta`.
 * @throws StudioError `model-unsupported` for a scaling the engine lacks.
 */
export function readRope(c: v.InferOutput<typeof RopeFields> | null | undefined, theta = 10000): { base: number; scaling?: RopeScaling } {
  const base = c?.rope_theta ?? theta;
  const type = c?.rope_type ?? c?.type ?? 'default';
  if (!c || type === 'default') return { base };
  const { factor, low_freq_factor: low, high_freq_factor: high, original_max_position_embeddings: context } = c;
  if (type === 'linear' && factor) return { base, scaling: { type, factor } };
  if (type === 'llama3' && factor && low && high && context) return { base, scaling: { type, factor, low, high, context } };
  throw unsupported(`rotary positions scaled by "${type.slice(0, 40)}"${type === 'linear' || type === 'llama3' ? ' without its factors' : ''}`);
}
