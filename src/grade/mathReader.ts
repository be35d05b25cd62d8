/** LaTeX into an expression tree, by the compute engine: loaded when first asked for, used to read and never to calculate. */
import { StudioError } from '../core/errors';
import type { Expression } from './evaluate';
import { safeToRead } from './mathText';

/** Undefined for what is too long, too deep or no mathematics. Takes milliseconds on the worst text `safeToRead` lets through. */
export type MathReader = (latex: string) => Expression | undefined;

const remembered = 2000;
let loading: Promise<MathReader> | undefined;

/** Rejects with `grade-no-engine` where the part cannot be loaded. */
export function loadMathReader(): Promise<MathReader> {
  loading ??= load().catch((cause: unknown) => {
    loading = undefined;
    throw new StudioError('grade-no-engine', 'The part that compares formulas could not be loaded.', {
      kept: 'Nothing was graded.', remedy: 'Try again, or grade with "numeric".', cause,
    });
  });
  return loading;
}

async function load(): Promise<MathReader> {
  const { ComputeEngine } = await import('@cortex-js/compute-engine');
  const engine = new ComputeEngine();
  const known = new Map<string, Expression | undefined>();
  return (latex) => {
    if (!safeToRead(latex)) return undefined;
    if (/^\d+(?:\.\d+)?$/.test(latex)) return { num: latex };
    if (known.has(latex)) return known.get(latex);
    if (known.size >= remembered) known.clear();
    const read = parse(latex);
    known.set(latex, read);
    return read;
  };

  function parse(latex: string): Expression | undefined {
    try {
      // Raw: making it canonical would calculate, and `9^{9^{9^9}}` would take minutes.
      return engine.parse(latex, { form: 'raw' }).json as Expression;
    } catch {
      return undefined;
    }
  }
}
