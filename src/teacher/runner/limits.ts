/** What a job may ask of a teacher, and how long it waits for it. */
import * as v from 'valibot';

const positive = v.pipe(v.number(), v.minValue(1));

export const LimitsSchema = v.object({
  /** Requests under way at once. */
  concurrency: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(256)),
  requestsPerMinute: v.optional(positive),
  /** Input and output together. */
  tokensPerMinute: v.optional(positive),
  /** Tries a call, the first one counted. */
  tries: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(20)),
  /** Of one try. */
  timeoutMs: positive,
  /** The first wait after a failure is up to this; each later one up to twice as long. */
  backoffMs: positive,
  longestBackoffMs: positive,
  /** What the project may spend in all; the job stops before a call that might pass it. */
  budget: v.optional(v.object({
    /** US dollars. */
    money: v.optional(v.pipe(v.number(), v.minValue(0))),
    tokens: v.optional(v.pipe(v.number(), v.minValue(0))),
  })),
});

export type Limits = v.InferOutput<typeof LimitsSchema>;

export const defaultLimits: Limits = { concurrency: 8, tries: 6, timeoutMs: 120_000, backoffMs: 1000, longestBackoffMs: 60_000 };
