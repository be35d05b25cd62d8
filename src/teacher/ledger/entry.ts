/** One entry of the ledger: a request that left for a teacher, what came back, and what it cost. It holds no request text and no key. */
import * as v from 'valibot';
import { contentKey } from '../../core/hash';

/** The longest reply the ledger takes in, in characters. */
export const LONGEST_REPLY = 400_000;

const text = v.pipe(v.string(), v.maxLength(500));
const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const money = v.pipe(v.number(), v.minValue(0));

/** Bounds and shapes; entries come back from files that anyone may have written. */
export const LedgerEntrySchema = v.object({
  /** Hash of the recipient and the whole request, see `callKey`. */
  key: v.pipe(v.string(), v.regex(/^[0-9a-f]{16}$/)),
  /** `sent`: no reply has come yet, or the studio was ended before it did. */
  state: v.picklist(['sent', 'answered', 'failed']),
  task: text,
  promptVersion: text,
  /** The row it was first asked about; rows of equal text share an entry. */
  row: v.optional(text),
  /** The project that asked first. */
  projectId: text,
  /** Origin and model. */
  recipient: text,
  /** False where the text did not leave this machine. */
  remote: v.boolean(),
  /** Times the request left. */
  tries: count,
  /** Milliseconds since 1970. */
  firstSentAt: count,
  endedAt: v.optional(count),
  /** How long the last try took. */
  milliseconds: v.optional(v.pipe(v.number(), v.minValue(0))),
  reply: v.optional(v.pipe(v.string(), v.maxLength(LONGEST_REPLY))),
  finish: v.optional(v.picklist(['stop', 'length', 'other'])),
  /** As the server names itself. */
  model: v.optional(text),
  inputTokens: v.optional(count),
  outputTokens: v.optional(count),
  /** US dollars; absent where the model's price is not known. */
  money: v.optional(money),
  /** The most that tries without a reply may have cost: cut, timed out, or in flight when the studio was ended. */
  unheard: v.optional(v.object({ tries: count, tokens: count, money: v.optional(money) })),
  /** Why the last try failed: a slug, never the server's words. */
  error: v.optional(text),
  /** It left another machine and came here in a file. */
  imported: v.optional(v.boolean()),
});

export type LedgerEntry = v.InferOutput<typeof LedgerEntrySchema>;

/** The key of a request: equal requests to the same recipient are one entry. `request` is plain data. */
export function callKey(recipient: string, request: unknown): string {
  return contentKey({ recipient, request });
}
