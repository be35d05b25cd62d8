/** The ledger as a file: one entry a line. It can be read back anywhere, and the whole pipeline replayed from it. */
import * as v from 'valibot';
import { LONGEST_REPLY, LedgerEntrySchema, type LedgerEntry } from './entry';
import type { Ledger } from './ledger';

/** A line's reply may double in length by escapes, and has some fields beside it. */
const LONGEST_LINE = 2 * LONGEST_REPLY + 10_000;

export function ledgerLine(entry: LedgerEntry): string {
  return `${JSON.stringify(entry)}\n`;
}

export interface LedgerImport {
  added: number;
  /** Calls this ledger already had an answer to; its own is kept. */
  known: number;
  /** Lines left out, from 1, with the reason. */
  problems: { line: number; message: string }[];
}

/** Adds the ended calls of a ledger file, given line by line: answers, and failures that a replay repeats. The rest is told. */
export async function importLedger(ledger: Ledger, lines: AsyncIterable<string> | Iterable<string>): Promise<LedgerImport> {
  const told: LedgerImport = { added: 0, known: 0, problems: [] };
  let at = 0;
  for await (const line of lines) {
    at++;
    if (line.trim() === '') continue;
    const entry = parseLine(line);
    if (typeof entry === 'string') told.problems.push({ line: at, message: entry });
    else if (await isKnown(ledger, entry)) told.known++;
    else {
      await ledger.put({ ...entry, imported: true });
      told.added++;
    }
  }
  return told;
}

/** An answer is never replaced, and a failure of elsewhere replaces nothing. */
async function isKnown(ledger: Ledger, entry: LedgerEntry): Promise<boolean> {
  const own = await ledger.find(entry.key);
  return own !== undefined && (own.state === 'answered' || entry.state === 'failed');
}

/** The entry, or why there is none. */
function parseLine(line: string): LedgerEntry | string {
  if (line.length > LONGEST_LINE) return 'The line is too long.';
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch {
    return 'The line is not JSON.';
  }
  const parsed = v.safeParse(LedgerEntrySchema, json);
  if (!parsed.success) return `This is not an entry of a ledger: ${v.getDotPath(parsed.issues[0]) ?? 'the line'}.`;
  const { state, reply } = parsed.output;
  return state === 'failed' || (state === 'answered' && reply !== undefined) ? parsed.output : 'This call has no answer.';
}
