/** What a keeper says when the browser or the disk refuses. */
import { StudioError } from '../core/errors';

const KEPT = 'Everything stored before this is still there.';

/** A browser's or Node's storage error as a plain sentence; other errors come back as they are. */
export function keeperError(thrown: unknown, what: string): unknown {
  if (thrown instanceof StudioError) return thrown;
  const { name, message, code } = causeOf(thrown);
  if (name === 'QuotaExceededError' || code === 'ENOSPC') {
    return new StudioError('store-full', `There is no room left to store ${what}.`, {
      kept: KEPT,
      remedy: 'Free disk space or remove an old project, then start again: it goes on from what is stored.',
      cause: thrown,
    });
  }
  if (name === 'InvalidStateError' || name === 'MissingAPIError' || name === 'SecurityError') {
    return new StudioError('store-unavailable', `This browser does not let the studio store ${what}: ${message}`, {
      kept: KEPT,
      remedy: 'Private windows often forbid storage; open the studio in an ordinary window.',
      cause: thrown,
    });
  }
  if (code === 'EACCES' || code === 'EROFS' || code === 'EPERM') {
    return new StudioError('store-forbidden', `The folder does not let the studio store ${what}.`, {
      kept: KEPT,
      remedy: 'Choose a folder that can be written with --out.',
      cause: thrown,
    });
  }
  return thrown;
}

/** Dexie wraps the browser's error in `inner`; Node's carry a `code`. */
function causeOf(thrown: unknown): { name: string; message: string; code?: string } {
  const error = (thrown ?? {}) as { name?: string; message?: string; code?: string; inner?: { name?: string; message?: string } };
  const inner = error.inner?.name ? error.inner : error;
  return { name: inner.name ?? '', message: inner.message ?? String(thrown), code: typeof error.code === 'string' ? error.code : undefined };
}
