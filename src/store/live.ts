/** Live queries for the page: runs again whenever a row it read changes, here, in the worker or in another tab. */
import { liveQuery } from 'dexie';

/**
 * Calls `onValue` with the result of `query` now and after every change of what it read; undefined is a value.
 * `query` reads through a `DexieStore`. Returns the way to stop.
 */
export function watch<T>(query: () => Promise<T>, onValue: (value: T) => void, onError: (error: unknown) => void): () => void {
  const subscription = liveQuery(query).subscribe({ next: onValue, error: onError });
  return () => subscription.unsubscribe();
}
