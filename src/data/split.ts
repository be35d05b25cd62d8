/** Pool, validation and test from one list of questions, so that no question text is in two of them. */
import { Random } from '../core/random';
import type { Question, Splits } from './types';

export interface SplitShares {
  /** Share of the rows; default 0.15 each. */
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
      taken[set].length === 0 || taken[set].length + group.length <= wanted[set];
    // The pool gets its first group before the others fill up, and what neither of them has room for.
    const set = taken.pool.length === 0 ? 'pool' : fits('test') ? 'test' : fits('validation') ? 'validation' : 'pool';
    for (const index of group) taken[set].push(index);
  }
  const inOrder = (indices: number[]): Question[] => indices.sort((a, b) => a - b).map((index) => rows[index]);
  return { pool: inOrder(taken.pool), validation: inOrder(taken.validation), test: inOrder(taken.test), outOfDistribution: {} };
}
