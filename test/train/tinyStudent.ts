/** A real, very small student with random numbers, for tests that train and answer. */
import { Random } from '../../src/core/random';
import { elements } from '../../src/gpu/graph';
import { paramShapes } from '../../src/model/shapes';
import { writeSafetensors } from '../../src/model/safetensors';
import { parseConfig } from '../../src/model/config';
import { memorySources } from '../../src/model/byteSource';
import { openStudent } from '../../src/model/student';
import type { Params, Student } from '../../src/model/types';

const pieces = ['<pad>', '<bos>', '<eos>', '<unk>', '\n', ...'0123456789+-=#?ab '];

/** Folder of a student with vocabulary 23, width 16, two layers, context 64. */
export function tinyStudentFiles(seed = 1): Map<string, Uint8Array> {
  const config = {
    architectures: ['LlamaForCausalLM'], model_type: 'llama', vocab_size: pieces.length, hidden_size: 16, num_hidden_layers: 2,
    num_attention_heads: 2, num_key_value_heads: 1, head_dim: 8, intermediate_size: 24, max_position_embeddings: 64, hidden_act: 'silu',
    rms_norm_eps: 1e-5, rope_theta: 10000, tie_word_embeddings: true, bos_token_id: 1, eos_token_id: 2,
  };
  const special = (id: number) => ({ id, content: pieces[id], single_word: false, lstrip: false, rstrip: false, normalized: false, special: true });
  const tokenizer = {
    version: '1.0', added_tokens: [special(0), special(1), special(2)], normalizer: null, pre_tokenizer: null, post_processor: null,
    decoder: { type: 'Fuse' },
    model: {
      type: 'WordPiece', unk_token: '<unk>', continuing_subword_prefix: '', max_input_chars_per_word: 100000,
      vocab: Object.fromEntries(pieces.map((piece, id) => [piece, id])),
    },
  };
  const params: Params = new Map(paramShapes(parseConfig(JSON.stringify(config))).map(([name, shape]) => {
    const random = new Random(seed, name);
    const scale = shape.length === 1 ? 0 : 1 / Math.sqrt(shape[1]);
    return [name, { shape, data: Float32Array.from({ length: elements({ shape }) }, () => (shape.length === 1 ? 1 : scale * random.normal())) }];
  }));
  const json = (value: object) => new TextEncoder().encode(JSON.stringify(value));
  return new Map([
    ['config.json', json(config)], ['tokenizer.json', json(tokenizer)], ['tokenizer_config.json', json({ bos_token: '<bos>', eos_token: '<eos>' })],
    ['model.safetensors', writeSafetensors(params)],
  ]);
}

export function tinyStudent(seed = 1): Promise<Student> {
  return openStudent('tiny', memorySources(tinyStudentFiles(seed)));
}
