/** The results of a batch into the ledger: in any order, each for the request it names, none twice. */
import { now } from '../../core/clock';
import { errorRecord } from '../../core/errors';
import type { LedgerEntry } from '../ledger/entry';
import type { Ledger } from '../ledger/ledger';
import { costOf, type Price } from '../runner/prices';
import type { BatchFormat, BatchResult } from './formats';

/** A request that was written: its key in the ledger, and the row it is about. */
export interface Expected {
  key: string;
  row: string;
  promptVersion: string;
}

export interface BatchRead {
  answered: number;
  /** Rows the provider gave no reply for, with its reason; expired ones can go into another batch. */
  failed: { row: string; error: string }[];
  /** Requests no line speaks of. */
  missing: string[];
  /** Lines that name no request of these rows, prompts and model. */
  mismatched: { line: number; id: string }[];
  /** Lines for a request that had its result already; the first one counts. */
  repeated: { line: number; id: string }[];
  unreadable: { line: number; message: string }[];
}

export interface BatchAround {
  ledger: Ledger;
  projectId: string;
  recipient: string;
  model: string;
  /** US dollars a million tokens, as the provider charges in batches. */
  price?: Price;
}

const WRITES_AT_ONCE = 1000;

/** Reads result lines against the requests that were written, by id. What has no result is entered as failed, so that it shows. */
export async function readBatch(
  format: BatchFormat, lines: AsyncIterable<string> | Iterable<string>, expected: ReadonlyMap<string, Expected>, around: BatchAround,
): Promise<BatchRead> {
  const told: BatchRead = { answered: 0, failed: [], missing: [], mismatched: [], repeated: [], unreadable: [] };
  const seen = new Set<string>();
  // Many at a time: the ledger writes together what comes together.
  const writes: Promise<void>[] = [];
  const enterSoon = async (request: Expected, result: Pick<BatchResult, 'reply'> & { error?: string }) => {
    writes.push(enter(around, request, result));
    if (writes.length >= WRITES_AT_ONCE) await Promise.all(writes.splice(0));
  };
  let line = 0;
  for await (const text of lines) {
    line++;
    if (text.trim() === '') continue;
    let result: BatchResult;
    try {
      result = format.result(JSON.parse(text), around.model);
    } catch (thrown) {
      told.unreadable.push({ line, message: thrown instanceof SyntaxError ? 'The line is not JSON.' : errorRecord(thrown).message.slice(0, 200) });
      continue;
    }
    const { id, reply, error = 'batch-errored' } = result;
    const request = expected.get(id);
    if (!request) told.mismatched.push({ line, id });
    else if (seen.has(id)) told.repeated.push({ line, id });
    else {
      seen.add(id);
      await enterSoon(request, reply ? { reply } : { error });
      if (reply) told.answered++;
      else told.failed.push({ row: request.row, error });
    }
  }
  for (const [id, request] of expected) {
    if (seen.has(id)) continue;
    told.missing.push(request.row);
    await enterSoon(request, { error: 'batch-missing' });
  }
  await Promise.all(writes);
  return told;
}

async function enter(
  { ledger, projectId, recipient, price }: BatchAround, { key, row, promptVersion }: Expected, { reply, error }: Pick<BatchResult, 'reply'> & { error?: string },
): Promise<void> {
  const known = await ledger.find(key);
  if (known?.state === 'answered' || (known && !reply)) return;
  const at = now();
  const base: LedgerEntry = {
    key, state: 'failed', task: 'label', promptVersion, row, projectId, recipient, remote: true, tries: 1, firstSentAt: at, endedAt: at, error,
  };
  if (!reply) return void (await ledger.put({ ...base, tries: error === 'batch-missing' ? 0 : 1 }));
  const { text, finish, model, inputTokens, outputTokens } = reply;
  const money = price && costOf(price, inputTokens, outputTokens);
  await ledger.put({ ...base, state: 'answered', error: undefined, reply: text, finish, model, inputTokens, outputTokens, money });
}
