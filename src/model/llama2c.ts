/** llama2.c's `.bin` (export.py, legacy version): seven numbers, then all weights as f32; its tokenizer lies in another file beside it. */
import { StudioError } from '../core/errors';
import { isPointer, pointerError, type ByteSource } from './byteSource';
import { turnedRows } from './rotaryRows';
import { fileTensor } from './tensorSource';
import { MOST_PIECES, PIECE, type PieceTable } from './tokenizers/pieces';
import type { TensorSource, TensorSources } from './types';

const HEADER_BYTES = 28;
/** First bytes of the later versions, "ak42". */
const LATER = 0x616b3432;
const LIMITS = { width: 1 << 16, hidden: 1 << 18, layers: 512, heads: 1024, vocab: 1 << 24, context: 1 << 24 };

/** @throws StudioError `model-bad-weights`, `model-unsupported` */
export async function openLlama2c(source: ByteSource, file: string): Promise<{ weights: TensorSources; config: object; vocab: number }> {
  const bad = (what: string) => new StudioError('model-bad-weights', what, { where: file, kept: 'Nothing was loaded.', remedy: 'Download the file again, whole.' });
  const start = await source.read(0, Math.min(source.size, 64));
  if (isPointer(start)) throw pointerError('model-bad-weights', file);
  if (start.length < HEADER_BYTES) throw bad('The file is cut short: it has no header.');
  const view = new DataView(start.buffer, start.byteOffset);
  if (view.getUint32(0, true) === LATER) {
    throw new StudioError('model-unsupported', 'This is a later version of llama2.c’s file; the legacy one (version 0) is read.', {
      where: file, kept: 'Nothing was loaded.', remedy: 'Export it again with --version 0.',
    });
  }
  const [width, hidden, layers, heads, kvHeads, signedVocab, context] = Array.from({ length: 7 }, (_, i) => view.getInt32(4 * i, true));
  const vocab = Math.abs(signedVocab);
  const sizes: [keyof typeof LIMITS, number][] = [['width', width], ['hidden', hidden], ['layers', layers], ['heads', heads], ['heads', kvHeads], ['vocab', vocab], ['context', context]];
  if (sizes.some(([name, value]) => value < 1 || value > LIMITS[name]) || width % heads !== 0 || (width / heads) % 2 !== 0 || heads % kvHeads !== 0) {
    throw bad('This is not a llama2.c file: its first numbers are no model’s sizes.');
  }
  const headSize = width / heads;
  let offset = HEADER_BYTES;
  const weights = new Map<string, TensorSource>();
  const take = (name: string, shape: number[], turned?: number) => {
    if (name !== '') weights.set(name, fileTensor(name, source, offset, 'F32', shape, turned ? turnedRows(shape[0], turned) : undefined));
    offset += 4 * shape.reduce((a, b) => a * b, 1);
  };
  const each = (part: string, shape: number[], turned?: number) => {
    for (let layer = 0; layer < layers; layer++) take(`model.layers.${layer}.${part}.weight`, shape, turned);
  };
  take('model.embed_tokens.weight', [vocab, width]);
  each('input_layernorm', [width]);
  each('self_attn.q_proj', [width, width], heads);
  each('self_attn.k_proj', [kvHeads * headSize, width], kvHeads);
  each('self_attn.v_proj', [kvHeads * headSize, width]);
  each('self_attn.o_proj', [width, width]);
  each('post_attention_layernorm', [width]);
  each('mlp.gate_proj', [hidden, width]);
  each('mlp.down_proj', [width, hidden]);
  each('mlp.up_proj', [hidden, width]);
  take('model.norm.weight', [width]);
  take('', [2, context, headSize / 2]); // rotary tables, which are computed
  if (signedVocab < 0) take('lm_head.weight', [vocab, width]);
  if (offset !== source.size) throw bad(`The file has ${source.size} bytes where its header needs ${offset}: it is cut short, or not a llama2.c file.`);
  return {
    weights, vocab,
    config: {
      architectures: ['LlamaForCausalLM'], model_type: 'llama', vocab_size: vocab, hidden_size: width, intermediate_size: hidden,
      num_hidden_layers: layers, num_attention_heads: heads, num_key_value_heads: kvHeads, head_dim: headSize,
      max_position_embeddings: context, rms_norm_eps: 1e-5, rope_theta: 10000, hidden_act: 'silu', tie_word_embeddings: signedVocab > 0,
      attention_bias: false, mlp_bias: false, bos_token_id: 1, eos_token_id: 2, torch_dtype: 'float32',
    },
  };
}

const NAMES = ['<unk>', '<s>', '</s>'];
const TYPES = [PIECE.unknown, PIECE.control, PIECE.control];

/** llama2.c's tokenizer file: the longest length, then each piece's score, length and text. @throws StudioError `model-bad-tokenizer` */
export async function readLlama2cTokenizer(source: ByteSource, file: string): Promise<PieceTable> {
  const bad = (what: string) => new StudioError('model-bad-tokenizer', what, { where: file, kept: 'Nothing was loaded.' });
  if (source.size > 64 * MOST_PIECES) throw bad('The tokenizer is too large.');
  const bytes = await source.read(0, source.size);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const pieces: PieceTable['pieces'] = [];
  for (let at = 4; at < bytes.length;) {
    const length = at + 8 <= bytes.length ? view.getInt32(at + 4, true) : -1;
    if (length < 0 || length > bytes.length - at - 8) throw bad(`${file} is not a llama2.c tokenizer, or cut short.`);
    const text = new TextDecoder().decode(bytes.subarray(at + 8, at + 8 + length));
    const id = pieces.length;
    const byte = /^<0x[0-9A-F]{2}>$/.test(text);
    pieces.push({
      text: NAMES[id] ?? (byte ? text : text.replaceAll(' ', '▁')),
      score: view.getFloat32(at, true),
      type: TYPES[id] ?? (byte ? PIECE.byte : PIECE.normal),
    });
    at += 8 + length;
  }
  return llama2cTable({ algorithm: 'bpe', pieces, spaceBefore: true, trimSpaces: false, bosId: 1, eosId: 2, addBos: true, addEos: false });
}

/** run.c trims no spaces, whatever the tokenizer was trained to do, and puts `<s>` first. */
export function llama2cTable(table: PieceTable): PieceTable {
  return { ...table, trimSpaces: false, bosId: 1, eosId: 2, addBos: true, addEos: false };
}
