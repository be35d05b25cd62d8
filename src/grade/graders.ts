/** Named graders: is a response right, and which rule decided. */
import { StudioError } from '../core/errors';
import { choiceIn, letterOf } from './choice';
import { equivalent } from './equivalent';
import { extractFinal } from './extract';
import { loadMathReader, type MathReader } from './mathReader';
import { normaliseAnswer, numberFrom } from './normalise';
import { splitUnit, unitFactors } from './quantity';

export interface Verdict {
  correct: boolean;
  /** The final answer as the response writes it; absent where none was found. */
  extracted?: string;
  /** How the answer was found and compared, such as `boxed: same text`. */
  rule: string;
}

/** Grades a response against the reference answer (the whole worked text of a question). */
export type Grader = (reference: string, response: string) => Verdict;

export type GraderName = 'exact' | 'final' | 'numeric' | 'choice' | 'math';

export const graderNames: readonly GraderName[] = ['exact', 'final', 'numeric', 'choice', 'math'];
export const defaultGrader: GraderName = 'final';

/** What `numeric` allows beside the reference, as a share of it. */
const defaultTolerance = 1e-6;

/** The grader of a name, `numeric:0.01` for another tolerance. `math` brings its reader along. Rejects with `grade-unknown-grader`. */
export async function loadGrader(name: string = defaultGrader): Promise<Grader> {
  return name === 'math' ? mathGrader(await loadMathReader()) : graderByName(name);
}

/** Any grader but `math`, which has to be loaded. Throws `grade-unknown-grader`. */
export function graderByName(name: string = defaultGrader): Grader {
  const [kind, option] = name.split(':', 2);
  const tolerance = option === undefined ? defaultTolerance : Number(option);
  if (option === undefined || (kind === 'numeric' && option !== '' && tolerance >= 0 && tolerance < 1)) {
    switch (kind) {
      case 'exact':
        return exact;
      case 'final':
        return (reference, response) => grade(reference, response);
      case 'numeric':
        return (reference, response) => grade(reference, response, (wanted, given) => asNumbers(wanted, given, tolerance));
      case 'choice':
        return choice;
    }
  }
  throw new StudioError('grade-unknown-grader', `There is no grader "${name.slice(0, 40)}".`, {
    remedy: `Use one of ${graderNames.join(', ')}; numeric:0.01 allows one percent.`,
  });
}

/** The whole text, but for white space at its ends. */
const exact: Grader = (reference, response) => {
  const extracted = response.trim();
  if (extracted === '') return { correct: false, rule: 'no answer' };
  const correct = extracted === reference.trim();
  return { correct, extracted, rule: `whole text: ${correct ? 'same' : 'different'} text` };
};

/** The letter chosen; where the reference names none, the final answers as text. */
const choice: Grader = (reference, response) => {
  const wanted = letterOf(extractFinal(reference)?.value ?? '') ?? choiceIn(reference);
  if (wanted === undefined) return grade(reference, response);
  const found = extractFinal(response);
  if (!found || found.value === '') return { correct: false, rule: found ? `${found.rule}: nothing after it` : 'no answer' };
  const given = letterOf(found.value) ?? choiceIn(response);
  if (given === undefined) return { correct: false, extracted: found.value, rule: `${found.rule}: no letter` };
  return { correct: given === wanted, extracted: given.toUpperCase(), rule: `${found.rule}: ${given === wanted ? 'same' : 'different'} letter` };
};

/** Text, then numbers, then mathematics: the dear rules only where the cheap ones find a difference. */
function mathGrader(read: MathReader): Grader {
  return (reference, response) => grade(reference, response, (wanted, given) => {
    const { same, how } = equivalent(wanted, given, read);
    return { correct: same, how };
  });
}

interface Decision {
  correct: boolean;
  how: string;
}

/** The final answers as normalised text; where they differ, whatever `further` says of them as written. */
function grade(reference: string, response: string, further?: (wanted: string, given: string) => Decision): Verdict {
  const found = extractFinal(response);
  if (!found || found.value === '') return { correct: false, rule: found ? `${found.rule}: nothing after it` : 'no answer' };
  const wanted = extractFinal(reference)?.value ?? '';
  const verdict = ({ correct, how }: Decision): Verdict => ({ correct, extracted: found.value, rule: `${found.rule}: ${how}` });
  const text = normaliseAnswer(wanted);
  if (text === '') return verdict({ correct: false, how: 'no reference answer' });
  if (text === normaliseAnswer(found.value)) return verdict({ correct: true, how: 'same text' });
  return verdict(further?.(wanted, found.value) ?? { correct: false, how: 'different text' });
}

function asNumbers(wanted: string, given: string, tolerance: number): Decision {
  const [a, b] = [normaliseAnswer(wanted), normaliseAnswer(given)];
  const x = numberFrom(a);
  const y = numberFrom(b);
  if (x === undefined || y === undefined) return { correct: false, how: 'different text' };
  const factors = unitFactors(splitUnit(a).unit, splitUnit(b).unit);
  if (factors === 'different') return { correct: false, how: 'different unit' };
  const correct = sameNumber(x * factors.wanted, y * factors.given, tolerance);
  return { correct, how: correct ? 'same number' : 'different number' };
}

/**
 * Within the tolerance, relative below 1 and absolute above it (plus rounding), so that large whole numbers still must match;
 * a tolerance of the person's own is relative throughout. Past 2^53 doubles cannot tell whole numbers apart, and only equal
 * text counts.
 */
function sameNumber(x: number, y: number, tolerance: number): boolean {
  if (Math.abs(x) > Number.MAX_SAFE_INTEGER || Math.abs(y) > Number.MAX_SAFE_INTEGER) return false;
  const scale = tolerance === defaultTolerance ? Math.min(1, Math.abs(x)) : Math.abs(x);
  return Math.abs(x - y) <= tolerance * scale + 4 * Number.EPSILON * Math.abs(x);
}
