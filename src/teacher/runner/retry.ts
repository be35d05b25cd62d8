/** When a failed call is tried again, and after how long. */
import { Random } from '../../core/random';
import { errorRecord } from '../../core/errors';
import { TeacherFailure } from '../failure';
import { RecordedFailure } from '../ledger/recordedFailure';
import { Rejection } from '../rejection';
import type { Limits } from './limits';

/** A reply may have been written, and paid for, though none came. */
const UNHEARD = new Set(['teacher-cut', 'teacher-timeout', 'teacher-too-long', 'teacher-not-understood', 'cancelled', 'unexpected']);

export function mayHaveCost(thrown: unknown): boolean {
  return UNHEARD.has(errorRecord(thrown).code);
}

/** Failures of one row alone; any other, met by one row, would be met by all: the job stops. */
const OF_ONE_ROW = new Set([
  'teacher-rate-limit', 'teacher-server', 'teacher-cut', 'teacher-timeout', 'teacher-too-long', 'teacher-not-understood',
  'teacher-refused-request',
]);

/** A server that asks for a longer quiet than this is out for all rows. */
const LONGEST_QUIET_MS = 600_000;

export function ofOneRow(thrown: unknown): boolean {
  return thrown instanceof Rejection || thrown instanceof RecordedFailure || (OF_ONE_ROW.has(errorRecord(thrown).code) && !asksForLongQuiet(thrown));
}

function asksForLongQuiet(thrown: unknown): boolean {
  return thrown instanceof TeacherFailure && (thrown.retryAfterMs ?? 0) > LONGEST_QUIET_MS;
}

/** Milliseconds in which nothing may leave: the server asked for quiet. One that asks for too much ends the job instead. */
export function quietFor(thrown: unknown): number {
  return thrown instanceof TeacherFailure && !asksForLongQuiet(thrown) ? (thrown.retryAfterMs ?? 0) : 0;
}

/**
 * Milliseconds to wait before try `next` (2 is the first again); undefined: not again. The server's own word counts where it gave
 * one; else exponential backoff with full jitter, uniform in [0, min(longest, first · 2^(next − 2))), drawn for this call alone.
 */
export function waitBefore(next: number, thrown: unknown, limits: Limits, key: string, seed: number): number | undefined {
  if (next > limits.tries || !(thrown instanceof TeacherFailure) || !thrown.retryable || asksForLongQuiet(thrown)) return undefined;
  const jitter = new Random(seed, 'backoff', key, next).float();
  const own = jitter * Math.min(limits.longestBackoffMs, limits.backoffMs * 2 ** (next - 2));
  return thrown.retryAfterMs === undefined ? own : thrown.retryAfterMs;
}
