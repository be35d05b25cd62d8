// Weights by hand, by hand.
import { expect, it } from 'vitest';
import { factorWeights, predictedChange, weightedDraws, weightShares } from '../../src/stat/whatIf';

const question = (id: string, ...skills: string[]) => ({ id, question: id, answer: '1', skills });
const pool = [question('q1', 'add'), question('q2', 'add', 'carry'), question('q3', 'half'), question('q4')];

it('weighs a row by the mean of its skills, and keeps the mean at one', () => {
  // factors: add 3 → rows 3, (3 + 1)/2 = 2, 1, 1; their mean is 7/4.
  expect(factorWeights(pool, { add: 3 })).toEqual([12 / 7, 8 / 7, 4 / 7, 4 / 7]);
  expect(factorWeights(pool, {})).toEqual([1, 1, 1, 1]);
});

it('shares the practice out by main skill', () => {
  expect([...weightShares(pool, factorWeights(pool, { half: 5 }))]).toEqual([['add', 0.25], ['half', 0.625]]);
});

it('draws each row as often as its weight says, a weight of nothing never', () => {
  const rows = weightedDraws([1, 0, 3], 40_000, 9);
  const share = (row: number) => rows.filter((one) => one === row).length / rows.length;
  expect(share(1)).toBe(0);
  expect(Math.abs(share(2) - 0.75)).toBeLessThan(4 * Math.sqrt((0.75 * 0.25) / 40_000));
  expect(weightedDraws([1, 0, 3], 5, 9)).toEqual(rows.slice(0, 5));
});

it('predicts to first order', () => {
  const alignment = { skills: ['add', 'half'], matrix: [[4, 1], [1, 2]] };
  const before = new Map([['add', 0.5], ['half', 0.5]]);
  const after = new Map([['add', 0.2], ['half', 0.8]]);
  // −(−0.3·4 + 0.3·1) = 0.9 and −(−0.3·1 + 0.3·2) = −0.3
  const found = predictedChange(alignment, before, after);
  expect(found.get('add')).toBeCloseTo(0.9, 12);
  expect(found.get('half')).toBeCloseTo(-0.3, 12);
});
