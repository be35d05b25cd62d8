/** Asks a worker of the bench, one question at a time. */

/**
 * The worker answers each message with `{ value }` or `{ error }`.
 * @param patienceMs after so long without an answer the worker is ended, and what was asked fails.
 */
export function askWorker<Asked, Value>(worker: Worker, patienceMs?: number): (asked: Asked) => Promise<Value> {
  return async (asked) => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    try {
      return await new Promise((resolve, reject) => {
        worker.onmessage = ({ data }: MessageEvent<{ value?: Value; error?: string }>) => {
          if (data.value === undefined) reject(new Error(data.error));
          else resolve(data.value);
        };
        worker.onerror = ({ message }) => reject(new Error(message));
        if (patienceMs !== undefined) {
          timer = setTimeout(() => {
            worker.terminate();
            reject(new Error(`no answer within ${patienceMs / 1000} s`));
          }, patienceMs);
        }
        worker.postMessage(asked);
      });
    } finally {
      clearTimeout(timer);
    }
  };
}
