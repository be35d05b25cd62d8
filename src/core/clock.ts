/** Time. The only place that reads a clock, so that everything else can be replayed. */

/** Milliseconds since 1970, for records people read. */
export function now(): number {
  return Date.now();
}

/** Milliseconds from an arbitrary start, never going back: for durations and rates. */
export function elapsed(): number {
  return performance.now();
}

/** Resolves after `milliseconds`; rejects with the signal's reason when it aborts first. */
export function wait(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const stop = () => {
      clearTimeout(timer);
      reject(signal?.reason as Error);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, Math.min(milliseconds, LONGEST_TIMER_MS));
    signal?.addEventListener('abort', stop, { once: true });
  });
}

/** A timer asked for more than this fires at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The three together, for work that must also run in another time. */
export interface Clock {
  now(): number;
  elapsed(): number;
  wait(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

export const realClock: Clock = { now, elapsed, wait };

/** `0.4 s`, `12 s`, `3 min 05 s`, `2 h 07 min`; `unknown` for what is not a finite, non-negative number of seconds. */
export function formatDuration(seconds: number): string {
  if (!Number.isFinite(seconds) || seconds < 0) return 'unknown';
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const pad = (n: number): string => String(n).padStart(2, '0');
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${pad(whole % 60)} s`;
  const minutes = Math.round(whole / 60);
  return `${Math.floor(minutes / 60)} h ${pad(minutes % 60)} min`;
}
