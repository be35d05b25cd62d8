/** GGUF's tensors under Hugging Face's names, with what llama.cpp's converter changed in them undone. */
import { StudioError } from '../../core/errors';
import type { ByteSource } from '../byteSource';
import { turnedRows } from '../rotaryRows';
import { fileTensor, mappedTensor, sameBytes, transposedTensor } from '../tensorSource';
import type { TensorSource, TensorSources } from '../types';
import { architectureOf, type Architecture } from './config';
import type { GgufHeader, GgufTensor } from './header';
import type { GgufMetadata } from './metadata';

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

/** @throws StudioError `model-unsupported` for a tensor that its family does not have. */
export async function tensorsFromGguf(header: GgufHeader, metadata: GgufMetadata, source: ByteSource): Promise<TensorSources> {
  const family = architectureOf(metadata);
  const heads = {
    q: metadata.number(`${family}.attention.head_count`) ?? 1,
    k: metadata.number(`${family}.attention.head_count_kv`) ?? metadata.number(`${family}.attention.head_count`) ?? 1,
  };
  const weights = new Map<string, TensorSource>();
  for (const tensor of header.tensors) {
    const name = huggingFaceName(tensor, family, metadata.file);
    weights.set(name, opened(tensor, name, family, heads, source));
  }
  const embedding = weights.get(`${NAMES[family].other.token_embd}.weight`);
  const head = weights.get('lm_head.weight');
  // Some files repeat a tied embedding as the head: trained apart, the two would drift.
  if (embedding && head && (await sameBytes(embedding, head))) weights.delete('lm_head.weight');
  return weights;
}

function huggingFaceName({ name }: GgufTensor, family: Architecture, file: string): string {
  const { layer, other, at } = NAMES[family];
  const [, number, part, kind] = /^blk\.(\d+)\.(\w+)\.(weight|bias)$/.exec(name) ?? [];
  if (number !== undefined && part in layer) return `${at}.${number}.${layer[part]}.${kind}`;
  const [, alone, its] = /^(\w+)\.(weight|bias)$/.exec(name) ?? [];
  if (alone !== undefined && alone in other) return `${other[alone]}.${its}`;
  throw new StudioError('model-unsupported', `The GGUF file has a tensor "${name.slice(0, 80)}", which the family ${family} has not.`, {
    where: file, kept: 'Nothing was loaded.',
  });
}

/** The converter turns Llama's query and key rows, adds 1 to Gemma's norms and transposes GPT-2's matrices. */
function opened({ shape, format, offset }: GgufTensor, name: string, family: Architecture, heads: { q: number; k: number }, source: ByteSource): TensorSource {
  const turned = family === 'llama' ? /\.(q|k)_proj\./.exec(name)?.[1] : undefined;
  if (turned && shape.length === 2) return fileTensor(name, source, offset, format, shape, turnedRows(shape[0], heads[turned as 'q' | 'k']));
  const tensor = fileTensor(name, source, offset, format, shape);
  if (family === 'gemma3' && /norm\.weight$/.test(name)) return mappedTensor(tensor, (value) => value - 1);
  if (family === 'gpt2' && /\.(c_attn|c_proj|c_fc)\.weight$/.test(name)) return transposedTensor(tensor);
  return tensor;
}
