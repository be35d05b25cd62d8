// What a second round adds, and what it costs of what was known before the first: counted by hand.
import { expect, it } from 'vitest';
import { continued } from '../../src/stat/continued';

const questions = Array.from({ length: 8 }, (_, i) => ({ id: `q${i}`, question: `q${i}`, answer: 'x', skills: [i < 4 ? 'new' : 'old', 'both'] }));
/** One sign a question: + right, - wrong. */
const answers = (signs: string) => [...signs].map((sign, i) => ({ questionId: `q${i}`, text: '', correct: sign === '+', rule: 'exact' }));
const seed = (number: number, untouched: string, from: string, now: string) =>
  ({ seed: number, questions, missingSkills: ['new'], untouched: answers(untouched), from: answers(from), now: answers(now) });

it('compares a round with the one before it, and both with what was known at first', () => {
  const found = continued('stat+round2', 'stat', [seed(0, '+---++++', '++--+++-', '++++++--'), seed(1, '----++--', '+---++--', '+++-++--')]);
  expect(found).toMatchObject({ arm: 'stat+round2', from: 'stat', had: 7, lost: { from: 1, now: 2 } });
  // Seed 0: 5 right, then 6. Seed 1: 3, then 5. Of eight questions of known skills 6, 5 and 4.
  expect(found.all.mean).toBeCloseTo(3 / 16, 12);
  expect(found.known.mean).toBeCloseTo(-1 / 8, 12);
  expect(found.knownShares).toEqual({ untouched: 6 / 8, from: 5 / 8, now: 4 / 8 });
  expect(found.words).toContain('stat+round2 goes on from stat. On all test questions it is');
  expect(found.words).toContain('the untouched student has 75.0 % right, stat 62.5 %, stat+round2 50.0 %');
  expect(found.words).toContain('Of 7 questions that were right before any training 1 are wrong after stat and 2 after stat+round2.');
});

it('says that nothing moved where nothing did', () => {
  const same = continued('b', 'a', [seed(0, '++++++++', '++++++++', '++++++++')]);
  expect(same).toMatchObject({ all: { mean: 0 }, known: { mean: 0 }, had: 8, lost: { from: 0, now: 0 } });
  expect(same.words).toContain('within noise');
});
