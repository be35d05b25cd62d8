/** Tensors' names in GGUF and in Hugging Face's folders. */
import type { Architecture } from './config';

const LLAMA: Record<string, string> = {
  attn_norm: 'input_layernorm', attn_q: 'self_attn.q_proj', attn_k: 'self_attn.k_proj', attn_v: 'self_attn.v_proj',
  attn_output: 'self_attn.o_proj', attn_q_norm: 'self_attn.q_norm', attn_k_norm: 'self_attn.k_norm', ffn_norm: 'post_attention_layernorm',
  ffn_gate: 'mlp.gate_proj', ffn_up: 'mlp.up_proj', ffn_down: 'mlp.down_proj',
};
const GEMMA = {
  ...LLAMA, post_attention_norm: 'post_attention_layernorm', ffn_norm: 'pre_feedforward_layernorm', post_ffw_norm: 'post_feedforward_layernorm',
};
const GPT2: Record<string, string> = {
  attn_norm: 'ln_1', attn_qkv: 'attn.c_attn', attn_output: 'attn.c_proj', ffn_norm: 'ln_2', ffn_up: 'mlp.c_fc', ffn_down: 'mlp.c_proj',
};

/** Layer parts by family, the other tensors, and what stands before a layer's number. */
const NAMES: Record<Architecture, { layer: Record<string, string>; other: Record<string, string>; at: string }> = {
  llama: { layer: LLAMA, other: outside('model'), at: 'model.layers' },
  qwen2: { layer: LLAMA, other: outside('model'), at: 'model.layers' },
  qwen3: { layer: LLAMA, other: outside('model'), at: 'model.layers' },
  gemma3: { layer: GEMMA, other: outside('model'), at: 'model.layers' },
  gpt2: {
    layer: GPT2, at: 'transformer.h',
    other: { token_embd: 'transformer.wte', position_embd: 'transformer.wpe', output_norm: 'transformer.ln_f', output: 'lm_head' },
  },
};

function outside(at: string): Record<string, string> {
  return { token_embd: `${at}.embed_tokens`, output_norm: `${at}.norm`, output: 'lm_head', rope_freqs: 'rope_freqs' };
}

/** The name in a Hugging Face folder; undefined for a tensor its family does not have. */
export function huggingFaceName(name: string, family: Architecture): string | undefined {
  const { layer, other, at } = NAMES[family];
  const [, number, part, kind] = /^blk\.(\d+)\.(\w+)\.(weight|bias)$/.exec(name) ?? [];
  if (number !== undefined && part in layer) return `${at}.${number}.${layer[part]}.${kind}`;
  const [, alone, its] = /^(\w+)\.(weight|bias)$/.exec(name) ?? [];
  return alone !== undefined && alone in other ? `${other[alone]}.${its}` : undefined;
}

/** The name in a GGUF file, of a parameter the family has. */
export function ggufName(name: string, family: Architecture): string {
  const { layer, other, at } = NAMES[family];
  const keyOf = (names: Record<string, string>, wanted: string) => Object.keys(names).find((key) => names[key] === wanted);
  const dot = name.lastIndexOf('.');
  const [stem, kind] = [name.slice(0, dot), name.slice(dot + 1)];
  const [, number, part] = stem.startsWith(`${at}.`) ? (/^(\d+)\.(.+)$/.exec(stem.slice(at.length + 1)) ?? []) : [];
  const found = number === undefined ? keyOf(other, stem) : keyOf(layer, part);
  if (found === undefined) throw new Error(`GGUF has no name for ${name}`);
  return number === undefined ? `${found}.${kind}` : `blk.${number}.${found}.${kind}`;
}
