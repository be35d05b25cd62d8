/** The models the page offers by name: small ones of every family that load here, with what they are before anything is fetched. */
import { parseConfig } from './config';
import type { ModelConfig } from './types';

export interface KnownModel {
  /** On Hugging Face. */
  repository: string;
  title: string;
  licence: string;
  /** Its owner lets only those in who accepted the terms: it needs an access token. */
  gated: boolean;
  /** It was taught to answer, and ships a chat template. */
  chat: boolean;
  /** Bytes a number takes in its files. */
  bytesEach: 2 | 4;
  /** Its files hold the output head although it is the embedding again. */
  headTwice?: boolean;
  /** What its config.json says of its shape. */
  shape: Record<string, unknown>;
}

const qwen = { rms_norm_eps: 1e-6, rope_theta: 1e6, vocab_size: 151936, tie_word_embeddings: true, bos_token_id: 151643, eos_token_id: 151645, use_sliding_window: false };
const smol = { model_type: 'llama', rms_norm_eps: 1e-5, rope_theta: 1e5, vocab_size: 49152, max_position_embeddings: 8192, tie_word_embeddings: true, bos_token_id: 1, eos_token_id: 2 };

export const knownModels: readonly KnownModel[] = [
  {
    repository: 'HuggingFaceTB/SmolLM2-135M-Instruct', title: 'SmolLM2 135M', licence: 'Apache 2.0', gated: false, chat: true, bytesEach: 2,
    shape: { ...smol, hidden_size: 576, intermediate_size: 1536, num_attention_heads: 9, num_hidden_layers: 30, num_key_value_heads: 3 },
  },
  {
    repository: 'google/gemma-3-270m-it', title: 'Gemma 3 270M', licence: 'Gemma', gated: true, chat: true, bytesEach: 2,
    shape: {
      model_type: 'gemma3_text', head_dim: 256, hidden_size: 640, intermediate_size: 2048, max_position_embeddings: 32768, num_attention_heads: 4,
      num_hidden_layers: 18, num_key_value_heads: 1, query_pre_attn_scalar: 256, rms_norm_eps: 1e-6, rope_local_base_freq: 10_000, rope_theta: 1e6,
      sliding_window: 512, vocab_size: 262144, hidden_activation: 'gelu_pytorch_tanh', bos_token_id: 2, eos_token_id: 1,
      layer_types: Array.from({ length: 18 }, (_, layer) => (layer % 6 === 5 ? 'full_attention' : 'sliding_attention')),
    },
  },
  {
    repository: 'HuggingFaceTB/SmolLM2-360M-Instruct', title: 'SmolLM2 360M', licence: 'Apache 2.0', gated: false, chat: true, bytesEach: 2,
    shape: { ...smol, hidden_size: 960, intermediate_size: 2560, num_attention_heads: 15, num_hidden_layers: 32, num_key_value_heads: 5 },
  },
  {
    repository: 'Qwen/Qwen2.5-0.5B-Instruct', title: 'Qwen 2.5 0.5B', licence: 'Apache 2.0', gated: false, chat: true, bytesEach: 2,
    shape: {
      ...qwen, model_type: 'qwen2', hidden_size: 896, intermediate_size: 4864, max_position_embeddings: 32768, num_attention_heads: 14,
      num_hidden_layers: 24, num_key_value_heads: 2,
    },
  },
  {
    repository: 'Qwen/Qwen3-0.6B', title: 'Qwen 3 0.6B', licence: 'Apache 2.0', gated: false, chat: true, bytesEach: 2, headTwice: true,
    shape: {
      ...qwen, model_type: 'qwen3', head_dim: 128, hidden_size: 1024, intermediate_size: 3072, max_position_embeddings: 40960,
      num_attention_heads: 16, num_hidden_layers: 28, num_key_value_heads: 8,
    },
  },
  {
    repository: 'meta-llama/Llama-3.2-1B-Instruct', title: 'Llama 3.2 1B', licence: 'Llama 3.2', gated: true, chat: true, bytesEach: 2,
    shape: {
      model_type: 'llama', head_dim: 64, hidden_size: 2048, intermediate_size: 8192, max_position_embeddings: 131072, num_attention_heads: 32,
      num_hidden_layers: 16, num_key_value_heads: 8, rms_norm_eps: 1e-5, rope_theta: 5e5, vocab_size: 128256, tie_word_embeddings: true,
      rope_scaling: { factor: 32, high_freq_factor: 4, low_freq_factor: 1, original_max_position_embeddings: 8192, rope_type: 'llama3' },
      bos_token_id: 128000, eos_token_id: [128001, 128008, 128009],
    },
  },
  {
    repository: 'openai-community/gpt2', title: 'GPT-2 124M', licence: 'MIT', gated: false, chat: false, bytesEach: 4,
    shape: {
      model_type: 'gpt2', activation_function: 'gelu_new', layer_norm_epsilon: 1e-5, n_embd: 768, n_head: 12, n_layer: 12, n_positions: 1024,
      vocab_size: 50257, bos_token_id: 50256, eos_token_id: 50256,
    },
  },
];

/** The configuration of a known model, as its own config.json would give it. */
export function configOf({ shape }: KnownModel): ModelConfig {
  return parseConfig(JSON.stringify(shape));
}
