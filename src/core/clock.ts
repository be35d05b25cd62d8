/** The one place that reads the time. */

/** Milliseconds since 1970, for stamps people read. */
export function now(): number {
  return Date.now();
}

/** Milliseconds that only ever grow, for measuring how long something took. */
export function elapsed(): number {
  return performance.now();
}
