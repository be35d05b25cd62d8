/** Work that may take so long and no longer. */
import { realClock, type Clock } from './clock';

/** Ends a timer that is not needed; made once, because making an error is slow. */
const IN_TIME = new Error('in time');

/**
 * `work` with a signal that aborts when `signal` does, and when the time is up. Then it throws what `late` makes, whatever the work
 * says and even if it never ends; otherwise what the work gives or throws.
 */
export async function within<T>(
  milliseconds: number, signal: AbortSignal, late: () => Error, work: (signal: AbortSignal) => Promise<T>, clock: Clock = realClock,
): Promise<T> {
  signal.throwIfAborted();
  const stop = new AbortController();
  const pass = () => stop.abort(signal.reason);
  signal.addEventListener('abort', pass, { once: true });
  const timer = new AbortController();
  let isLate = false;
  const time = clock.wait(milliseconds, timer.signal).then(() => {
    isLate = true;
    stop.abort();
    throw late();
  });
  try {
    return await Promise.race([work(stop.signal), time]);
  } catch (thrown) {
    // The work may have been first to say that it was stopped.
    throw isLate ? late() : thrown;
  } finally {
    timer.abort(IN_TIME);
    signal.removeEventListener('abort', pass);
  }
}
