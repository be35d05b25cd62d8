/** A SentencePiece vocabulary, wherever it lay (tokenizer.model, GGUF tables, llama2.c), as the content of a `tokenizer.json`. */
import { StudioError } from '../../core/errors';

/** What a piece is; the numbers are SentencePiece's own (sentencepiece_model.proto, `SentencePiece.Type`), which GGUF uses too. */
export const PIECE = { normal: 1, unknown: 2, control: 3, userDefined: 4, unused: 5, byte: 6 } as const;

export interface PieceTable {
  algorithm: 'bpe' | 'unigram';
  pieces: { text: string; score: number; type: number }[];
  /** A space is put before every text. */
  spaceBefore: boolean;
  /** Runs of spaces become one and those at the ends go. */
  trimSpaces: boolean;
  /** Base64 of SentencePiece's normalisation table, where it has one. */
  charsmap?: string;
  bosId?: number;
  eosId?: number;
  addBos: boolean;
  addEos: boolean;
}

/** Longest vocabulary that is read. */
export const MOST_PIECES = 1 << 20;
/** Longest piece, in UTF-16 units: making the merges of one takes its square. */
const LONGEST_PIECE = 512;

/** The files a Hugging Face folder would hold. @throws StudioError `model-bad-tokenizer` */
export function tokenizerFromPieces(table: PieceTable, where: string): { tokenizer: object; config: object } {
  const { pieces, bosId, eosId } = table;
  const bad = (what: string) => new StudioError('model-bad-tokenizer', what, { where, kept: 'Nothing was loaded.' });
  if (pieces.length === 0 || pieces.length > MOST_PIECES) throw bad(`The tokenizer has ${pieces.length} pieces.`);
  const long = pieces.find(({ text }) => text.length > LONGEST_PIECE);
  if (long) throw bad(`A piece of the tokenizer has ${long.text.length} characters.`);
  const unknown = pieces.findIndex(({ type }) => type === PIECE.unknown);
  const byteFallback = pieces.some(({ type }) => type === PIECE.byte);
  if (table.algorithm === 'unigram' && byteFallback) throw bad('The tokenizer is a unigram model that falls back to bytes, which is not read yet.');
  if (table.algorithm === 'unigram' && unknown < 0) throw bad('The tokenizer has no piece for what it does not know.');
  const textOf = (id: number | undefined) => (id === undefined ? undefined : pieces[id]?.text);
  const [bos, eos] = [textOf(bosId), textOf(eosId)];
  const before = table.addBos && bosId !== undefined && bos !== undefined ? [{ id: bosId, text: bos }] : [];
  const after = table.addEos && eosId !== undefined && eos !== undefined ? [{ id: eosId, text: eos }] : [];
  const tokenizer = {
    version: '1.0', truncation: null, padding: null,
    added_tokens: pieces.flatMap(({ text, type }, id) => addedToken(id, text, type, !table.spaceBefore)),
    normalizer: normalizer(table),
    pre_tokenizer: null,
    post_processor: before.length + after.length === 0 ? null : template(before, after),
    decoder: {
      type: 'Sequence',
      decoders: [
        { type: 'Replace', pattern: { String: '▁' }, content: ' ' }, { type: 'ByteFallback' }, { type: 'Fuse' },
        ...(table.spaceBefore ? [{ type: 'Strip', content: ' ', start: 1, stop: 0 }] : []),
      ],
    },
    model: table.algorithm === 'unigram' ? unigram(pieces, unknown) : bpe(pieces, unknown, byteFallback),
  };
  const config = {
    bos_token: bos ?? null, eos_token: eos ?? null, unk_token: textOf(unknown) ?? null, add_bos_token: before.length > 0,
    add_eos_token: after.length > 0, clean_up_tokenization_spaces: false,
  };
  return { tokenizer, config };
}

function addedToken(id: number, content: string, type: number, normalized: boolean): object[] {
  const special = type === PIECE.control || type === PIECE.unknown;
  if ((!special && type !== PIECE.userDefined) || content === '') return [];
  return [{ id, content, single_word: false, lstrip: false, rstrip: false, normalized: !special && normalized, special }];
}

function normalizer({ charsmap, trimSpaces, spaceBefore }: PieceTable): object {
  const space = { type: 'Replace', pattern: { String: ' ' }, content: '▁' };
  return {
    type: 'Sequence',
    normalizers: [
      ...(charsmap ? [{ type: 'Precompiled', precompiled_charsmap: charsmap }] : []),
      ...(trimSpaces ? [{ type: 'Replace', pattern: { Regex: '^ +| +$' }, content: '' }, { type: 'Replace', pattern: { Regex: ' {2,}' }, content: ' ' }] : []),
      ...(spaceBefore ? [{ type: 'Prepend', prepend: '▁' }] : []),
      space,
    ],
  };
}

interface Around {
  id: number;
  text: string;
}

/** Puts tokens before and after every text, when special tokens are asked for. */
export function template(before: Around[], after: Around[]): object {
  const special = ({ text }: Around) => ({ SpecialToken: { id: text, type_id: 0 } });
  const single = [...before.map(special), { Sequence: { id: 'A', type_id: 0 } }, ...after.map(special)];
  return {
    type: 'TemplateProcessing', single, pair: [...single, { Sequence: { id: 'B', type_id: 1 } }],
    special_tokens: Object.fromEntries([...before, ...after].map(({ id, text }) => [text, { id: text, ids: [id], tokens: [text] }])),
  };
}

function unigram(pieces: PieceTable['pieces'], unknown: number): object {
  return { type: 'Unigram', unk_id: unknown, vocab: pieces.map(({ text, score }) => [text, score]), byte_fallback: false };
}

/**
 * SentencePiece merges whichever neighbours make the piece of the highest score; so the merges are all ways to put a piece together
 * from two others, best piece first (as Hugging Face's own converter has it).
 */
function bpe(pieces: PieceTable['pieces'], unknown: number, byteFallback: boolean): object {
  const vocab = new Map<string, number>();
  pieces.forEach(({ text }, id) => {
    if (!vocab.has(text)) vocab.set(text, id);
  });
  const merges: { left: string; right: string; score: number; ids: [number, number] }[] = [];
  for (const { text, score, type } of pieces) {
    if (type !== PIECE.normal) continue;
    for (let at = 1; at < text.length; at++) {
      const [left, right] = [text.slice(0, at), text.slice(at)];
      const [leftId, rightId] = [vocab.get(left), vocab.get(right)];
      if (leftId !== undefined && rightId !== undefined) merges.push({ left, right, score, ids: [leftId, rightId] });
    }
  }
  merges.sort((a, b) => b.score - a.score || a.ids[0] - b.ids[0] || a.ids[1] - b.ids[1]);
  return {
    type: 'BPE', dropout: null, unk_token: unknown < 0 ? null : pieces[unknown].text, continuing_subword_prefix: null, end_of_word_suffix: null,
    fuse_unk: true, byte_fallback: byteFallback, ignore_merges: false, vocab: Object.fromEntries(vocab),
    merges: merges.map(({ left, right }) => [left, right]),
  };
}
