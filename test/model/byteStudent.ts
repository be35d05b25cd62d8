/** A real, very small student of any family, whose tokenizer is byte-level BPE with a few merges: what every other tool can load. */
import { Random } from '../../src/core/random';
import { elements } from '../../src/gpu/graph';
import { memorySources } from '../../src/model/byteSource';
import { parseConfig } from '../../src/model/config';
import { writeSafetensors } from '../../src/model/safetensors';
import { isTransposedInFiles, paramShapes } from '../../src/model/shapes';
import { openStudent } from '../../src/model/student';
import type { Params, Student } from '../../src/model/types';

/** GPT-2's printable stand-ins for the 256 bytes. */
function byteLetters(): string[] {
  const plain = (byte: number) => (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
  let next = 256;
  return Array.from({ length: 256 }, (_, byte) => String.fromCodePoint(plain(byte) ? byte : next++));
}

const merges = [['t', 'h'], ['th', 'e'], ['i', 'n'], ['Ġ', 'the'], ['1', '2'], ['e', 'r']];
const end = '<|end|>';

function tokenizerJson(): object {
  const tokens = [...byteLetters(), ...merges.map((pair) => pair.join('')), end];
  const level = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: false, use_regex: true };
  return {
    version: '1.0', truncation: null, padding: null, normalizer: null, pre_tokenizer: level, post_processor: null, decoder: level,
    added_tokens: [{ id: tokens.length - 1, content: end, single_word: false, lstrip: false, rstrip: false, normalized: false, special: true }],
    model: {
      type: 'BPE', dropout: null, unk_token: null, continuing_subword_prefix: null, end_of_word_suffix: null, fuse_unk: false, byte_fallback: false,
      ignore_merges: false, vocab: Object.fromEntries(tokens.map((token, id) => [token, id])), merges,
    },
  };
}

const shared = {
  vocab_size: 272, hidden_size: 32, num_hidden_layers: 2, num_attention_heads: 4, num_key_value_heads: 2, intermediate_size: 64,
  max_position_embeddings: 64, rms_norm_eps: 1e-5, bos_token_id: 262, eos_token_id: 262,
};

/** `config.json` by family. */
export const configs = {
  llama: {
    ...shared, architectures: ['LlamaForCausalLM'], model_type: 'llama', head_dim: 8, hidden_act: 'silu', rope_theta: 500000, tie_word_embeddings: false,
    rope_scaling: { rope_type: 'llama3', factor: 8, low_freq_factor: 1, high_freq_factor: 4, original_max_position_embeddings: 8192 },
  },
  qwen2: { ...shared, architectures: ['Qwen2ForCausalLM'], model_type: 'qwen2', hidden_act: 'silu', rope_theta: 1000000, tie_word_embeddings: true },
  qwen3: { ...shared, architectures: ['Qwen3ForCausalLM'], model_type: 'qwen3', head_dim: 16, hidden_act: 'silu', rope_theta: 1000000, tie_word_embeddings: true },
  gpt2: {
    architectures: ['GPT2LMHeadModel'], model_type: 'gpt2', vocab_size: 272, n_embd: 32, n_layer: 2, n_head: 4, n_positions: 64, n_inner: 64,
    layer_norm_epsilon: 1e-5, activation_function: 'gelu_new', bos_token_id: 262, eos_token_id: 262, tie_word_embeddings: true,
  },
};

/** The files of its folder. */
export function byteStudentFiles(family: keyof typeof configs, seed = 1): Map<string, Uint8Array> {
  const text = JSON.stringify(configs[family]);
  const config = parseConfig(text);
  const params: Params = new Map(paramShapes(config).map(([name, own]) => {
    const random = new Random(seed, name);
    const shape = isTransposedInFiles(config, name) ? [...own].reverse() : own;
    const norm = /(norm|ln_\w)\.weight$/.test(name);
    const scale = own.length === 1 ? 0.1 : 1.5 / Math.sqrt(own[1]);
    return [name, { shape, data: Float32Array.from({ length: elements({ shape }) }, () => (norm ? 1 : 0) + scale * random.normal()) }];
  }));
  const json = (value: object) => new TextEncoder().encode(JSON.stringify(value));
  return new Map([
    ['config.json', new TextEncoder().encode(text)], ['tokenizer.json', json(tokenizerJson())],
    ['tokenizer_config.json', json({ tokenizer_class: 'PreTrainedTokenizerFast', bos_token: end, eos_token: end, clean_up_tokenization_spaces: false })],
    ['model.safetensors', writeSafetensors(params)],
  ]);
}

export function byteStudent(family: keyof typeof configs, seed = 1): Promise<Student> {
  return openStudent(family, memorySources(byteStudentFiles(family, seed)));
}
