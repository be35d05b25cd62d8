/** Batch files written request by request, split where a provider's limits want it. */
import type { ChatRequest } from '../chat';
import type { BatchFormat } from './formats';

export interface BatchRequest {
  id: string;
  request: ChatRequest;
}

/** One piece of text for the file numbered `file`, from 0. */
export interface BatchPiece {
  file: number;
  text: string;
}

const encoder = new TextEncoder();

/** The pieces in order, each file opened and closed as its format wants. Nothing is held but one request. */
export function* batchPieces(format: BatchFormat, requests: Iterable<BatchRequest>, model: string): Generator<BatchPiece> {
  const { opening, between, closing, mostRequests, mostBytes } = format;
  let file = 0;
  let count = 0;
  let bytes = 0;
  for (const { id, request } of requests) {
    const text = format.request(id, request, model);
    const size = encoder.encode(text).length + between.length;
    if (count > 0 && (count === mostRequests || bytes + size + closing.length > mostBytes)) {
      yield { file, text: closing };
      [file, count, bytes] = [file + 1, 0, 0];
    }
    yield { file, text: (count === 0 ? opening : between) + text };
    bytes += size + (count === 0 ? opening.length : 0);
    count++;
  }
  if (count > 0) yield { file, text: closing };
}
