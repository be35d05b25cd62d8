/** Starts a thread of the processor's engine as a worker of this one. */
import type { ThreadStart } from '../gpu/processor/serve';

export function startThread(start: ThreadStart): void {
  new Worker(new URL('./thread.worker.ts', import.meta.url), { type: 'module' }).postMessage(start);
}
