/** Errors a person can act on: a stable code, what happened, what was kept, what to do. */

export interface ErrorAdvice {
  /** Where it happened: a file and line, a tensor name, a step. */
  where?: string;
  /** What was not lost. */
  kept?: string;
  /** What the person can do now. */
  remedy?: string;
  cause?: unknown;
}

/** The plain form that crosses worker and process borders. */
export interface ErrorRecord {
  code: string;
  message: string;
  where?: string;
  kept?: string;
  remedy?: string;
}

/** Thrown for every expected failure. `code` is a slug such as `data-empty-file`. */
export class StudioError extends Error {
  readonly code: string;
  readonly where?: string;
  readonly kept?: string;
  readonly remedy?: string;

  constructor(code: string, message: string, advice: ErrorAdvice = {}) {
    super(message, { cause: advice.cause });
    this.name = 'StudioError';
    this.code = code;
    this.where = advice.where;
    this.kept = advice.kept;
    this.remedy = advice.remedy;
  }
}

/** Any thrown value as a plain record, for the store, the worker protocol and `--json`. */
export function errorRecord(thrown: unknown): ErrorRecord {
  if (thrown instanceof StudioError) {
    const { code, message, where, kept, remedy } = thrown;
    return { code, message, where, kept, remedy };
  }
  if (thrown instanceof DOMException && thrown.name === 'AbortError') {
    return { code: 'cancelled', message: 'Cancelled.' };
  }
  return { code: 'unexpected', message: thrown instanceof Error ? thrown.message : String(thrown) };
}

/** One sentence or more for a person: what, where, what was kept, what to do. */
export function describeError(record: ErrorRecord): string {
  const where = record.where ? ` (${record.where})` : '';
  const rest = [record.kept, record.remedy].filter(Boolean).join(' ');
  return `${record.message}${where}${rest ? ` ${rest}` : ''}`;
}
