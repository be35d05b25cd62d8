/** A tokenizer from a GGUF file's tables, as the files of a Hugging Face folder. */
import { StudioError } from '../../core/errors';
import { PIECE, template, tokenizerFromPieces } from '../tokenizers/pieces';
import type { GgufMetadata } from './metadata';

const LLAMA3 = "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
const QWEN2 = LLAMA3.replace('{1,3}', '');

const byteLevel = (regex: boolean) => ({ type: 'ByteLevel', add_prefix_space: false, trim_offsets: false, use_regex: regex });
const split = (pattern: string) => ({
  type: 'Sequence', pretokenizers: [{ type: 'Split', pattern: { Regex: pattern }, behavior: 'Isolated', invert: false }, byteLevel(false)],
});
const digits = { type: 'Sequence', pretokenizers: [{ type: 'Digits', individual_digits: true }, byteLevel(true)] };

interface Splitting {
  preTokenizer: object;
  normalizer?: object;
  /** A word that is a token is that token, however its parts would merge. */
  wholeWords?: boolean;
  addBos?: boolean;
}

/** How text is cut before merging, by `tokenizer.ggml.pre` (llama.cpp, `llm_tokenizer_bpe`), as the models' own tokenizer.json has it. */
const SPLITTINGS: Record<string, Splitting> = {
  'default': { preTokenizer: byteLevel(true) },
  'gpt-2': { preTokenizer: byteLevel(true) },
  'llama-bpe': { preTokenizer: split(LLAMA3), wholeWords: true, addBos: true },
  'qwen2': { preTokenizer: split(QWEN2), normalizer: { type: 'NFC' } },
  'smollm': { preTokenizer: digits },
};

/** The name llama.cpp knows a `pre_tokenizer` of a tokenizer.json by; undefined for one it is not known to share. */
export function splittingName(preTokenizer: unknown): string | undefined {
  const text = JSON.stringify(preTokenizer);
  const has = (pattern: string) => text.includes(JSON.stringify(pattern));
  if (has(LLAMA3)) return 'llama-bpe';
  if (has(QWEN2)) return 'qwen2';
  if (text.includes('"Split"') || !text.includes('"ByteLevel"')) return undefined;
  return text.includes('"individual_digits":true') ? 'smollm' : 'gpt-2';
}

/** @throws StudioError `model-bad-tokenizer`, `model-unsupported` */
export function tokenizerFromGguf(metadata: GgufMetadata): { tokenizer: object; config: object } {
  const kind = metadata.text('tokenizer.ggml.model');
  const tokens = metadata.texts('tokenizer.ggml.tokens');
  if (kind === undefined || !tokens) throw metadata.bad('The GGUF file holds no tokenizer.');
  const files = kind === 'gpt2' ? bytePairs(metadata, tokens) : sentencePieces(metadata, tokens, kind);
  const chatTemplate = metadata.text('tokenizer.chat_template');
  return chatTemplate === undefined ? files : { ...files, config: { ...files.config, chat_template: chatTemplate } };
}

function sentencePieces(metadata: GgufMetadata, tokens: string[], kind: string): { tokenizer: object; config: object } {
  if (kind !== 'llama' && kind !== 't5') throw unsupported(`a tokenizer of the kind "${kind.slice(0, 40)}"`, metadata);
  const scores = column(metadata, 'scores', tokens.length, 0);
  const types = column(metadata, 'token_type', tokens.length, PIECE.normal);
  return tokenizerFromPieces({
    algorithm: kind === 'llama' ? 'bpe' : 'unigram',
    pieces: tokens.map((text, id) => ({ text, score: scores[id], type: types[id] })),
    spaceBefore: metadata.flag('tokenizer.ggml.add_space_prefix') ?? true,
    trimSpaces: metadata.flag('tokenizer.ggml.remove_extra_whitespaces') ?? false,
    bosId: metadata.number('tokenizer.ggml.bos_token_id'),
    eosId: metadata.number('tokenizer.ggml.eos_token_id'),
    addBos: metadata.flag('tokenizer.ggml.add_bos_token') ?? kind === 'llama',
    addEos: metadata.flag('tokenizer.ggml.add_eos_token') ?? kind === 't5',
  }, metadata.file);
}

function bytePairs(metadata: GgufMetadata, tokens: string[]): { tokenizer: object; config: object } {
  const pre = metadata.text('tokenizer.ggml.pre') ?? 'default';
  const splitting = Object.hasOwn(SPLITTINGS, pre) ? SPLITTINGS[pre] : undefined;
  if (!splitting) throw unsupported(`the pre-tokenizer "${pre.slice(0, 40)}"`, metadata);
  const merges = metadata.texts('tokenizer.ggml.merges');
  if (!merges) throw metadata.bad('The GGUF file holds no merges for its tokenizer.');
  const types = column(metadata, 'token_type', tokens.length, PIECE.normal);
  const textOf = (name: string) => tokens[metadata.number(`tokenizer.ggml.${name}_token_id`) ?? -1];
  const bosId = metadata.number('tokenizer.ggml.bos_token_id');
  const addBos = metadata.flag('tokenizer.ggml.add_bos_token') ?? splitting.addBos ?? false;
  const before = addBos && bosId !== undefined && tokens[bosId] !== undefined ? [{ id: bosId, text: tokens[bosId] }] : [];
  const tokenizer = {
    version: '1.0', truncation: null, padding: null,
    added_tokens: tokens.flatMap((content, id) => {
      const special = types[id] === PIECE.control || types[id] === PIECE.unknown;
      if (!special && types[id] !== PIECE.userDefined) return [];
      return [{ id, content, single_word: false, lstrip: false, rstrip: false, normalized: false, special }];
    }),
    normalizer: splitting.normalizer ?? null,
    pre_tokenizer: splitting.preTokenizer,
    post_processor: before.length > 0 ? template(before, []) : { type: 'ByteLevel', add_prefix_space: false, trim_offsets: false, use_regex: false },
    decoder: { type: 'ByteLevel', add_prefix_space: false, trim_offsets: false, use_regex: false },
    model: {
      type: 'BPE', dropout: null, unk_token: null, continuing_subword_prefix: null, end_of_word_suffix: null, fuse_unk: false, byte_fallback: false,
      ignore_merges: splitting.wholeWords ?? false, vocab: Object.fromEntries(tokens.map((text, id) => [text, id])),
      merges: merges.map((merge) => pairOf(merge, metadata)),
    },
  };
  const config = {
    bos_token: textOf('bos') ?? null, eos_token: textOf('eos') ?? null, pad_token: textOf('padding') ?? null, add_bos_token: addBos,
    clean_up_tokenization_spaces: false,
  };
  return { tokenizer, config };
}

function pairOf(merge: string, metadata: GgufMetadata): [string, string] {
  const at = merge.indexOf(' ', 1); // a part may be a space only in the first place, and byte-level tokens have none at all
  if (at < 0) throw metadata.bad('A merge of the GGUF file’s tokenizer is not two tokens.');
  return [merge.slice(0, at), merge.slice(at + 1)];
}

function column(metadata: GgufMetadata, name: string, length: number, fallback: number): number[] {
  const values = metadata.numbers(`tokenizer.ggml.${name}`);
  if (!values) return new Array<number>(length).fill(fallback);
  if (values.length !== length) throw metadata.bad(`The GGUF file’s tokenizer has ${length} tokens and ${values.length} entries in ${name}.`);
  return values;
}

function unsupported(what: string, metadata: GgufMetadata): StudioError {
  return new StudioError('model-unsupported', `This GGUF file needs ${what}, which the studio does not read.`, {
    where: metadata.file, kept: 'Nothing was loaded.', remedy: 'Take the model’s Hugging Face folder, which carries its own tokenizer.json.',
  });
}
