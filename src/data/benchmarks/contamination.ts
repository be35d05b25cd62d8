/** Which training questions are also, or nearly, test questions: word n-grams of the normalised texts that both have. */
import { containment, gramsOf } from '../similarity';
import { normaliseQuestion } from '../split';
import type { Question } from '../types';

export interface ContaminationOptions {
  /** Length of the n-grams in words; shorter test questions are compared as a whole. */
  n?: number;
  /** Share of the test question's n-grams that must be in one training question. */
  threshold?: number;
}

export const contaminationDefaults = { n: 8, threshold: 0.5 } as const;

export interface Pair {
  trainId: string;
  testId: string;
  /** Share of the test question's n-grams found in the training question; 1 for equal texts. */
  overlap: number;
  /** The normalised texts are the same. */
  equal: boolean;
}

export interface Contamination {
  /** For each affected test question its worst training question, the worst first. */
  pairs: Pair[];
  tests: number;
  /** Affected test questions. */
  contaminated: number;
  /** Every training question that affects one, in the order given. */
  rows: string[];
}

/** Every pair is looked at through an index of n-grams, so that nothing is missed and nothing is sampled. */
export function contamination(train: readonly Question[], test: readonly Question[], options: ContaminationOptions = {}): Contamination {
  const { n = contaminationDefaults.n, threshold = contaminationDefaults.threshold } = options;
  const tests = test.map(({ id, question }) => ({ id, text: normaliseQuestion(question), grams: gramsOf(question, n) }));
  const holders = new Map<number, number[]>();
  tests.forEach(({ grams }, index) => grams.forEach((gram) => {
    const holding = holders.get(gram);
    if (holding) holding.push(index);
    else holders.set(gram, [index]);
  }));
  const byText = new Map<string, number[]>();
  tests.forEach(({ text }, index) => byText.set(text, [...(byText.get(text) ?? []), index]));
  const worst = new Map<number, Pair>();
  const note = (index: number, trainId: string, overlap: number, equal: boolean): void => {
    const known = worst.get(index);
    if (!known || overlap > known.overlap || (equal && !known.equal)) worst.set(index, { trainId, testId: tests[index].id, overlap, equal });
  };
  const rows: string[] = [];
  for (const { id, question } of train) {
    const grams = gramsOf(question, n);
    const touched = [...new Set([...grams].flatMap((gram) => holders.get(gram) ?? []))]
      .map((index) => ({ index, overlap: containment(tests[index].grams, grams) })).filter(({ overlap }) => overlap >= threshold);
    const equal = byText.get(normaliseQuestion(question)) ?? [];
    for (const { index, overlap } of touched) note(index, id, overlap, false);
    for (const index of equal) note(index, id, 1, true);
    if (touched.length + equal.length > 0) rows.push(id);
  }
  const pairs = [...worst.values()].sort((a, b) => Number(b.equal) - Number(a.equal) || b.overlap - a.overlap || (a.testId < b.testId ? -1 : 1));
  return { pairs, tests: test.length, contaminated: pairs.length, rows };
}

export interface SetContamination extends Contamination {
  set: string;
}

/** One training set against several test sets. */
export function contaminationBySet(train: readonly Question[], sets: ReadonlyMap<string, readonly Question[]>, options: ContaminationOptions = {}): SetContamination[] {
  return [...sets].map(([set, questions]) => ({ set, ...contamination(train, questions, options) }));
}
