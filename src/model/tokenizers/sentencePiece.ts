/** Reads SentencePiece's `tokenizer.model`, a protobuf (sentencepiece_model.proto). Hostile input: every length is checked. */
import { StudioError } from '../../core/errors';
import { MOST_PIECES, PIECE, type PieceTable } from './pieces';

/** Number of the field in its message → what it is. */
const MODEL = { pieces: 1, trainer: 2, normalizer: 3 };
const PIECE_FIELD = { text: 1, score: 2, type: 3 };
const TRAINER = { algorithm: 3, bosId: 41, eosId: 42 };
const NORMALIZER = { charsmap: 2, spaceBefore: 3, trimSpaces: 4 };
const ALGORITHMS: Record<number, PieceTable['algorithm']> = { 1: 'unigram', 2: 'bpe' };

interface Field {
  number: number;
  /** Of a varint or a fixed 32-bit float. */
  value: number;
  /** Of a length-delimited field. */
  bytes: Uint8Array;
}

/** @throws StudioError `model-bad-tokenizer` naming `where` */
export function readSentencePiece(bytes: Uint8Array, where: string): PieceTable {
  const bad = (what: string) => new StudioError('model-bad-tokenizer', what, { where, kept: 'Nothing was loaded.' });
  const pieces: PieceTable['pieces'] = [];
  const table: PieceTable = { algorithm: 'unigram', pieces, spaceBefore: true, trimSpaces: true, bosId: 1, eosId: 2, addBos: true, addEos: false };
  try {
    for (const field of fields(bytes)) {
      if (field.number === MODEL.pieces) pieces.push(readPiece(field.bytes));
      if (field.number === MODEL.trainer) readTrainer(field.bytes, table);
      if (field.number === MODEL.normalizer) readNormalizer(field.bytes, table);
      if (pieces.length > MOST_PIECES) throw new Error(`it has more than ${MOST_PIECES} pieces`);
    }
  } catch (thrown) {
    throw bad(`${where} is not a SentencePiece model: ${thrown instanceof Error ? thrown.message : 'it cannot be read'}.`);
  }
  if (pieces.length === 0) throw bad(`${where} is not a SentencePiece model: it has no pieces.`);
  return table;
}

function readPiece(bytes: Uint8Array): PieceTable['pieces'][number] {
  const piece = { text: '', score: 0, type: PIECE.normal as number };
  for (const { number, value, bytes: text } of fields(bytes)) {
    if (number === PIECE_FIELD.text) piece.text = new TextDecoder().decode(text);
    if (number === PIECE_FIELD.score) piece.score = value;
    if (number === PIECE_FIELD.type) piece.type = value;
  }
  return piece;
}

function readTrainer(bytes: Uint8Array, table: PieceTable): void {
  const id = (value: number) => (value > MOST_PIECES ? undefined : value); // −1, where there is none, comes as a large number
  for (const { number, value } of fields(bytes)) {
    if (number === TRAINER.algorithm) {
      if (!(value in ALGORITHMS)) throw new Error(`its algorithm ${value} is neither unigram nor BPE`);
      table.algorithm = ALGORITHMS[value];
    }
    if (number === TRAINER.bosId) table.bosId = id(value);
    if (number === TRAINER.eosId) table.eosId = id(value);
  }
}

function readNormalizer(bytes: Uint8Array, table: PieceTable): void {
  for (const { number, value, bytes: content } of fields(bytes)) {
    if (number === NORMALIZER.charsmap && content.length > 0) table.charsmap = base64(content);
    if (number === NORMALIZER.spaceBefore) table.spaceBefore = value !== 0;
    if (number === NORMALIZER.trimSpaces) table.trimSpaces = value !== 0;
  }
}

function base64(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 0x8000) text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  return btoa(text);
}

/** The fields of one message, in order. Throws where a length or number reaches past the end. */
function* fields(bytes: Uint8Array): Generator<Field> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  const varint = () => {
    let value = 0;
    for (let shift = 0; shift < 64; shift += 7) {
      if (at >= bytes.length) throw new Error('it is cut short');
      const byte = bytes[at++];
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    throw new Error('a number in it is too long');
  };
  const take = (length: number) => {
    if (length > bytes.length - at) throw new Error('it is cut short');
    at += length;
    return at - length;
  };
  while (at < bytes.length) {
    const tag = varint();
    const [number, wire] = [Math.floor(tag / 8), tag % 8];
    let field: Field = { number, value: 0, bytes: new Uint8Array() };
    if (wire === 0) field.value = varint();
    else if (wire === 1) take(8);
    else if (wire === 2) {
      const length = varint();
      const from = take(length);
      field = { ...field, bytes: bytes.subarray(from, from + length) };
    } else if (wire === 5) field.value = view.getFloat32(take(4), true);
    else throw new Error(`it has a field of kind ${wire}`);
    yield field;
  }
}
