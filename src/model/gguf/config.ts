/** A GGUF file's metadata as the `config.json` of a Hugging Face folder, which the families read. */
import { StudioError } from '../../core/errors';
import type { TensorSources } from '../types';
import type { GgufMetadata } from './metadata';

/** Families by GGUF's name for them; Mistral's files say `llama`. */
export const ARCHITECTURES = ['llama', 'qwen2', 'qwen3', 'gemma3', 'gpt2'] as const;
export type Architecture = (typeof ARCHITECTURES)[number];

/** @throws StudioError `model-unsupported` */
export function architectureOf(metadata: GgufMetadata): Architecture {
  const name = metadata.text('general.architecture') ?? '';
  const known = ARCHITECTURES.find((each) => each === name);
  if (known) return known;
  throw new StudioError('model-unsupported', `This GGUF file holds the model family "${name.slice(0, 40)}", which the engine does not have yet.`, {
    where: metadata.file, kept: 'Nothing was loaded.', remedy: `Choose one of the families ${ARCHITECTURES.join(', ')}.`,
  });
}

/** @param weights by Hugging Face's names, which tell what the metadata leaves out: the vocabulary, a head of its own, biases. */
export async function configFromGguf(metadata: GgufMetadata, weights: TensorSources): Promise<object> {
  const family = architectureOf(metadata);
  const key = (name: string) => `${family}.${name}`;
  const embedding = weights.get(family === 'gpt2' ? 'transformer.wte.weight' : 'model.embed_tokens.weight');
  if (!embedding) throw metadata.bad('The GGUF file has no weights: it holds a vocabulary only.');
  const shared = {
    vocab_size: embedding.shape[0],
    bos_token_id: metadata.number('tokenizer.ggml.bos_token_id') ?? null,
    eos_token_id: endsOf(metadata),
    torch_dtype: 'float32',
  };
  if (family === 'gpt2') {
    return {
      ...shared, architectures: ['GPT2LMHeadModel'], model_type: 'gpt2', n_embd: metadata.needed(key('embedding_length')),
      n_head: metadata.needed(key('attention.head_count')), n_layer: metadata.needed(key('block_count')),
      n_positions: metadata.needed(key('context_length')), n_inner: metadata.needed(key('feed_forward_length')),
      layer_norm_epsilon: metadata.needed(key('attention.layer_norm_epsilon')), activation_function: 'gelu_new',
      tie_word_embeddings: !weights.has('lm_head.weight'),
    };
  }
  const heads = metadata.needed(key('attention.head_count'));
  const width = metadata.needed(key('embedding_length'));
  const headSize = metadata.number(key('attention.key_length')) ?? metadata.number(key('rope.dimension_count')) ?? width / heads;
  const config = {
    ...shared, hidden_size: width, num_hidden_layers: metadata.needed(key('block_count')), num_attention_heads: heads,
    num_key_value_heads: metadata.number(key('attention.head_count_kv')) ?? heads, head_dim: headSize,
    intermediate_size: metadata.needed(key('feed_forward_length')), max_position_embeddings: metadata.needed(key('context_length')),
    rms_norm_eps: metadata.needed(key('attention.layer_norm_rms_epsilon')), rope_theta: metadata.number(key('rope.freq_base')) ?? 10000,
    tie_word_embeddings: !weights.has('lm_head.weight'),
  };
  const scaling = await ropeScaling(metadata, family, weights, headSize, config.rope_theta);
  if (family === 'gemma3') return { ...config, ...gemma(metadata, headSize), rope_scaling: scaling };
  return {
    ...config, ...NAMES[family], hidden_act: 'silu', mlp_bias: false, rope_scaling: scaling,
    attention_bias: family !== 'qwen2' && weights.has('model.layers.0.self_attn.q_proj.bias'),
  };
}

const NAMES = {
  llama: { architectures: ['LlamaForCausalLM'], model_type: 'llama' },
  qwen2: { architectures: ['Qwen2ForCausalLM'], model_type: 'qwen2', use_sliding_window: false },
  qwen3: { architectures: ['Qwen3ForCausalLM'], model_type: 'qwen3', use_sliding_window: false },
};

/** What llama.cpp's own code supplies for Gemma 3: layers in sixes, local positions to base 10,000, no soft caps. */
function gemma(metadata: GgufMetadata, headSize: number): object {
  const key = (name: string) => `gemma3.${name}`;
  return {
    architectures: ['Gemma3ForCausalLM'], model_type: 'gemma3_text', hidden_activation: 'gelu_pytorch_tanh', attention_bias: false,
    query_pre_attn_scalar: headSize, sliding_window: metadata.needed(key('attention.sliding_window')), sliding_window_pattern: 6,
    rope_local_base_freq: metadata.number(key('rope.freq_base_swa')) ?? 10000,
    attn_logit_softcapping: metadata.number(key('attn_logit_softcapping')) ?? null,
    final_logit_softcapping: metadata.number(key('final_logit_softcapping')) ?? null,
  };
}

/** End of text, and the end of a turn where the file names one. */
function endsOf(metadata: GgufMetadata): number[] {
  const ids = ['eos', 'eot', 'eom'].map((name) => metadata.number(`tokenizer.ggml.${name}_token_id`));
  return [...new Set(ids.filter((id) => id !== undefined))];
}

/** Llama 3.1 and 3.2 lie in GGUF as one factor a frequency; the numbers of their config are found again from those. */
async function ropeScaling(metadata: GgufMetadata, family: Architecture, weights: TensorSources, headSize: number, base: number): Promise<object | null> {
  const type = metadata.text(`${family}.rope.scaling.type`);
  if (type !== undefined && type !== 'none') {
    const factor = metadata.needed(`${family}.rope.scaling.factor`);
    return { rope_type: type, factor, original_max_position_embeddings: metadata.number(`${family}.rope.scaling.original_context_length`) };
  }
  const factors = await weights.get('rope_freqs.weight')?.read();
  if (!factors) return null;
  const found = { rope_type: 'llama3', factor: Math.max(...factors), low_freq_factor: 1, high_freq_factor: 4, original_max_position_embeddings: 8192 };
  const expected = llama3Factors(found, headSize, base);
  if (expected.length === factors.length && expected.every((factor, i) => Math.abs(factor - factors[i]) < 1e-4 * factor)) return found;
  throw new StudioError('model-unsupported', 'This GGUF file scales its rotary positions in a way that is not Llama 3’s.', { where: metadata.file, kept: 'Nothing was loaded.' });
}

/** What convert_hf_to_gguf.py writes as `rope_freqs` for `rope_type: llama3`. */
function llama3Factors(scaling: { factor: number; low_freq_factor: number; high_freq_factor: number; original_max_position_embeddings: number }, headSize: number, base: number): number[] {
  const { factor, low_freq_factor: low, high_freq_factor: high, original_max_position_embeddings: context } = scaling;
  return Array.from({ length: headSize / 2 }, (_, i) => {
    const wavelength = 2 * Math.PI * base ** ((2 * i) / headSize);
    if (wavelength < context / high) return 1;
    if (wavelength > context / low) return factor;
    const smooth = (context / wavelength - low) / (high - low);
    return 1 / ((1 - smooth) / factor + smooth);
  });
}
