/** Files written a piece at a time: nothing is held whole. */
import { encodeNumbers, type WrittenFormat } from '../encodeNumbers';
import { PIECE_VALUES, rowsOf } from '../tensorSource';
import type { TensorSource } from '../types';

/** The bytes of a file in order. */
export type Pieces = AsyncIterable<Uint8Array>;

/** File name → its bytes, made as they are read. */
export type WrittenFiles = Map<string, Pieces>;

export async function* wholePiece(content: string | Uint8Array): Pieces {
  yield typeof content === 'string' ? new TextEncoder().encode(content) : content;
}

/** A tensor's numbers in `format`. */
export async function* tensorPieces(tensor: TensorSource, format: WrittenFormat): Pieces {
  const { rows, width } = rowsOf(tensor.shape);
  const step = Math.max(1, Math.floor(PIECE_VALUES / Math.max(1, width)));
  for (let row = 0; row < rows; row += step) yield encodeNumbers(format, await tensor.read(row, Math.min(step, rows - row)));
}

/** All of a file's bytes at once, for small ones. */
export async function gather(pieces: Pieces): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const piece of pieces) parts.push(piece);
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
