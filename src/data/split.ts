/** Pool, validation and test from one list of questions, so that no question text is in two of them. */
import { Random } from '../core/random';
import type { Question, Splits } from './types';

export interface SplitShares {
  /** Share of the rows; default 0.15 each. At 0 the set stays empty. */
  validation?: number;
  test?: number;
  /** Rows at most, however large the file: a diagnosis answers them all. Defaults 500 and 1000. */
  validationRows?: number;
  testRows?: number;
}

/** Two questions with this text in common are one question: case, spacing, width and closing marks do not tell them apart. */
export function normaliseQuestion(text: string): string {
  return text.normalize('NFKC').toLowerCase().replace(/\s+/g, ' ').trim().replace(/[ .?!:;]+$/, '');
}

/**
 * Seeded split by question text: rows with the same normalised text stay together. From three distinct texts on, no set is
 * empty. Rows keep their order within each set. Sizes are met up to the size of a group of equal texts.
 */
export function splitQuestions(rows: readonly Question[], seed: number, shares: SplitShares = {}): Splits {
  const groups = new Map<string, number[]>();
  rows.forEach((row, index) => {
    const text = normaliseQuestion(row.question);
    const group = groups.get(text);
    if (group) group.push(index);
    else groups.set(text, [index]);
  });
  const wanted = {
    test: Math.min(Math.round(rows.length * (shares.test ?? 0.15)), shares.testRows ?? 1000),
    validation: Math.min(Math.round(rows.length * (shares.validation ?? 0.15)), shares.validationRows ?? 500),
  };
  const taken = { pool: [] as number[], validation: [] as number[], test: [] as number[] };
  for (const group of new Random(seed, 'split').shuffle([...groups.values()])) {
    const fits = (set: 'test' | 'validation'): boolean =>
      shares[set] !== 0 && (taken[set].length === 0 || taken[set].length + group.length <= wanted[set]);
    // The pool gets its first group before the others fill up, and what neither of them has room for.
    const set = taken.pool.length === 0 ? 'pool' : fits('test') ? 'test' : fits('validation') ? 'validation' : 'pool';
    for (const index of group) taken[set].push(index);
  }
  const inOrder = (indices: number[]): Question[] => indices.sort((a, b) => a - b).map((index) => rows[index]);
  return { pool: inOrder(taken.pool), validation: inOrder(taken.validation), test: inOrder(taken.test), outOfDistribution: {} };
}

/** The sets a person may bring a file for, in place of the share drawn from the pool's. */
export const PLACED_SETS = ['validation', 'test'] as const;
export type PlacedSet = (typeof PLACED_SETS)[number];

/** A row whose set a person named; one without is split. */
export type PlacedQuestion = Question & { set?: PlacedSet };

/**
 * Pool, validation and test where a person may have named the last two: rows without a set are the pool, and whichever of the others is not
 * named is drawn from them as `splitQuestions` does. A question text in two sets stays in the test set, else in the validation set.
 */
export function splitPlaced(rows: readonly PlacedQuestion[], seed: number): Splits {
  const texts = (set: PlacedQuestion['set']): Set<string> => new Set(rows.flatMap((row) => (row.set === set ? [normaliseQuestion(row.question)] : [])));
  const [tests, validations] = [texts('test'), texts('validation')];
  const apart = (row: Question, ...sets: Set<string>[]): boolean => !sets.some((set) => set.size > 0 && set.has(normaliseQuestion(row.question)));
  const plain = rows.filter((row) => row.set === undefined && apart(row, tests, validations));
  const drawn = splitQuestions(plain, seed, { ...(validations.size > 0 && { validation: 0 }), ...(tests.size > 0 && { test: 0 }) });
  const named = (set: PlacedSet, ...others: Set<string>[]): Question[] => rows
    .filter((row) => row.set === set && apart(row, ...others)).map(({ set: _, ...row }) => row);
  return {
    ...drawn,
    validation: validations.size > 0 ? named('validation', tests) : drawn.validation,
    test: tests.size > 0 ? named('test') : drawn.test,
  };
}
