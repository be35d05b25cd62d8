/** A verdict set by hand: the grader's own is kept beside it, so that it can be had back. */
import type { Response } from '../data/types';

/** The response counted as right or wrong whatever the grader said; `undefined` gives the grader's verdict back. */
export function overrule<R extends Response>(response: R, correct: boolean | undefined): R {
  const { overruled, ...rest } = response;
  const graded = overruled ?? { correct: response.correct, rule: response.rule };
  if (correct === undefined || correct === graded.correct) return { ...rest, ...graded } as R;
  return { ...rest, correct, rule: `by hand, against "${graded.rule}"`, overruled: graded } as R;
}
