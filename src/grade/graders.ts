/** Named graders: is a response right, and which rule decided. */
import { StudioError } from '../core/errors';
import { extractFinal } from './extract';
import { normaliseAnswer, numberFrom } from './normalise';

export interface Verdict {
  correct: boolean;
  /** The final answer as the response writes it; absent where none was found. */
  extracted?: string;
  /** How the answer was found and compared, such as `boxed: same text`. */
  rule: string;
}

/** Grades a response against the reference answer (the whole worked text of a question). */
export type Grader = (reference: string, response: string) => Verdict;

export type GraderName = 'exact' | 'final' | 'numeric';

export const graderNames: readonly GraderName[] = ['exact', 'final', 'numeric'];
export const defaultGrader: GraderName = 'final';

/** Throws `grade-unknown-grader`. */
export function graderByName(name: string = defaultGrader): Grader {
  switch (name) {
    case 'exact':
      return exact;
    case 'final':
      return final;
    case 'numeric':
      return numeric;
    default:
      throw new StudioError('grade-unknown-grader', `There is no grader "${name}".`, {
        remedy: `Use one of ${graderNames.join(', ')}.`,
      });
  }
}

/** The whole text, but for white space at its ends. */
const exact: Grader = (reference, response) => {
  const extracted = response.trim();
  if (extracted === '') return { correct: false, rule: 'no answer' };
  const correct = extracted === reference.trim();
  return { correct, extracted, rule: `whole text: ${correct ? 'same' : 'different'} text` };
};

/** The final answers, as text after normalising. */
const final: Grader = (reference, response) => grade(reference, response, false);

/** As `final`; where the texts differ, as numbers. */
const numeric: Grader = (reference, response) => grade(reference, response, true);

function grade(reference: string, response: string, byNumber: boolean): Verdict {
  const found = extractFinal(response);
  if (!found || found.value === '') return { correct: false, rule: found ? `${found.rule}: nothing after it` : 'no answer' };
  const wanted = extractFinal(reference);
  const a = normaliseAnswer(wanted?.value ?? '');
  const b = normaliseAnswer(found.value);
  const verdict = (correct: boolean, how: string): Verdict => ({ correct, extracted: found.value, rule: `${found.rule}: ${how}` });
  if (a === '') return verdict(false, 'no reference answer');
  if (a === b) return verdict(true, 'same text');
  if (!byNumber) return verdict(false, 'different text');
  const x = numberFrom(a);
  const y = numberFrom(b);
  if (x === undefined || y === undefined) return verdict(false, 'different text');
  return sameNumber(x, y) ? verdict(true, 'same number') : verdict(false, 'different number');
}

/**
 * Within 1e-6, relative below 1 and absolute above it (plus rounding), so that large whole numbers still must match.
 * Past 2^53 doubles cannot tell whole numbers apart, and only equal text counts.
 */
function sameNumber(x: number, y: number): boolean {
  if (Math.abs(x) > Number.MAX_SAFE_INTEGER || Math.abs(y) > Number.MAX_SAFE_INTEGER) return false;
  return Math.abs(x - y) <= 1e-6 * Math.min(1, Math.abs(x)) + 4 * Number.EPSILON * Math.abs(x);
}
