/** STAT-Sel: the weight formula by hand, and the properties every selection must have. */
import { describe, expect, it } from 'vitest';
import { Random } from '../../src/core/random';
import { profileFrom } from '../../src/stat/profile';
import {
  balancedRows, effectiveSampleSize, meanOne, ordinaryRows, permutedSkills, poolWeights, statSel, statSelByRate, weightsFromDraws,
} from '../../src/stat/select';
import { skillMap } from '../../src/stat/skills';
import type { Profile } from '../../src/stat/types';
import { poolOf, question, verdict } from './rows';

const profileOf = (counts: Record<string, [count: number, carriers: number]>): Profile => ({
  entries: Object.entries(counts).map(([skill, [count, carriers]]) => ({ skill, count, carriers, rate: count / carriers })),
  difficult: 10,
  validation: 20,
});

describe('pool weights', () => {
  // Skill-Map: add {0,1,2,3}, sub {2,3}, neg {3}.
  const pool = [question('0', 'add'), question('1', 'add'), question('2', 'add', 'sub'), question('3', 'neg', 'sub', 'add')];
  const map = skillMap(pool);

  it('are Σ n_s / |Skill-Map(s)|, brought to mean 1', () => {
    // n: add 4, sub 2, neg 3 → raw 1, 1, 1+1=2, 1+1+3=5; mean 9/4.
    const weights = poolWeights(profileOf({ add: [4, 8], sub: [2, 2], neg: [3, 4] }), map, 4, 'count');
    [4 / 9, 4 / 9, 8 / 9, 20 / 9].forEach((expected, i) => expect(weights[i]).toBeCloseTo(expected, 12));
  });

  it('use the rate instead of the count on request', () => {
    // rates: add 0.5, sub 1, neg 0.75 → raw 0.125, 0.125, 0.625, 1.375; mean 0.5625.
    const weights = poolWeights(profileOf({ add: [4, 8], sub: [2, 2], neg: [3, 4] }), map, 4, 'rate');
    [0.125, 0.125, 0.625, 1.375].forEach((raw, i) => expect(weights[i]).toBeCloseTo(raw / 0.5625, 12));
  });

  it('cut at the cap, then bring the mean back to 1', () => {
    const wide = poolOf({ common: 99, rare: 1 });
    const weights = poolWeights(profileOf({ common: [50, 60], rare: [50, 60] }), skillMap(wide), 100, 'count', 20);
    // Raw 50/99 and 50 have mean 1; the cut leaves 50/99·99 + 20 = 70 over 100 rows.
    expect(weights[0]).toBeCloseTo(50 / 99 / 0.7, 12);
    expect(weights[99]).toBeCloseTo(20 / 0.7, 12);
  });

  it('have mean 1 for random pools and profiles, and follow the expected draws', () => {
    const random = new Random(11, 'weights');
    for (let trial = 0; trial < 50; trial++) {
      const names = Array.from({ length: random.between(1, 8) }, (_, i) => `s${i}`);
      const rows = Array.from({ length: random.between(1, 60) }, (_, i) =>
        question(String(i), ...names.filter(() => random.float() < 0.4)));
      const profile = profileOf(Object.fromEntries(names.map((name) => [name, [random.below(9), 9]])));
      const weights = poolWeights(profile, skillMap(rows), rows.length, 'count', trial % 2 ? 3 : Infinity);
      const mean = weights.reduce((sum, w) => sum + w, 0) / weights.length;
      expect(Math.abs(mean - 1) < 1e-9 || weights.every((w) => w === 0)).toBe(true);
      expect(Math.min(...weights)).toBeGreaterThanOrEqual(0);
    }
  });

  it('with an all-equal profile give every skill the same total, as class balance does', () => {
    const rows = poolOf({ a: 40, b: 7, c: 3 });
    const weights = poolWeights(profileOf({ a: [2, 4], b: [2, 4], c: [2, 4] }), skillMap(rows), rows.length, 'count');
    for (const carriers of skillMap(rows).values()) {
      expect(carriers.reduce((sum, i) => sum + weights[i], 0)).toBeCloseTo(50 / 3, 10);
    }
  });
});

describe('STAT-Sel draws', () => {
  const pool = poolOf({ add: 30, sub: 4, neg: 1 });
  const map = skillMap(pool);
  const verdicts = [verdict('x', ['neg', 'sub']), verdict('y', ['sub', 'mul']), verdict('z', ['add'], true)];

  it('take k rows a pair, only rows that carry the skill, repeats kept', () => {
    const { rows } = statSel(verdicts, map, 5, 1);
    const main = rows.map((row) => pool[row].skills[0]);
    expect(main).toEqual([...Array(5).fill('neg'), ...Array(10).fill('sub')]);
    expect(new Set(rows.slice(0, 5)).size).toBe(1);
  });

  it('report the skills the pool cannot serve', () => {
    expect(statSel(verdicts, map, 5, 1).unfilled).toEqual(new Map([['mul', 5]]));
  });

  it('are seeded, and one verdict more leaves the others alone', () => {
    expect(statSel(verdicts, map, 5, 1)).toEqual(statSel(verdicts, map, 5, 1));
    expect(statSel(verdicts, map, 5, 2).rows).not.toEqual(statSel(verdicts, map, 5, 1).rows);
    expect(statSel([verdict('w', ['add']), ...verdicts], map, 5, 1).rows.slice(5)).toEqual(statSel(verdicts, map, 5, 1).rows);
  });

  it('have the pool weights as their expectation', () => {
    const rows = [question('0', 'add'), question('1', 'add', 'sub'), question('2', 'sub'), question('3', 'add')];
    const both = [verdict('x', ['add', 'sub']), verdict('y', ['sub'])];
    const weights = poolWeights(profileFrom(both, rows), skillMap(rows), 4, 'count');
    const seen = [0, 0, 0, 0];
    const drawn = statSel(both, skillMap(rows), 20_000, 7).rows;
    for (const row of drawn) seen[row]++;
    seen.forEach((count, i) => expect((count * 4) / drawn.length).toBeCloseTo(weights[i], 1));
  });

  it('by rate: skills in proportion to the rate, and what the pool lacks is reported', () => {
    const profile = profileOf({ neg: [3, 4], add: [1, 4], mul: [4, 4] });
    const { rows, unfilled } = statSelByRate(profile, map, 8000, 3);
    expect(rows.length).toBe(8000);
    expect(rows.filter((row) => pool[row].skills[0] === 'neg').length / 8000).toBeCloseTo(0.75, 1);
    expect(unfilled.get('mul')).toBe(4000);
    expect(statSelByRate(profileOf({ mul: [1, 1] }), map, 10, 3).rows).toEqual([]);
  });
});

describe('weights and controls', () => {
  it('effective sample size lies between 1 and n, at n only for equal weights', () => {
    expect(effectiveSampleSize([1, 1, 1, 1])).toBe(4);
    expect(effectiveSampleSize([5, 0, 0])).toBe(1);
    expect(effectiveSampleSize([3, 1])).toBe(1.6);
    expect(effectiveSampleSize([])).toBe(0);
    const random = new Random(5, 'ess');
    for (let trial = 0; trial < 100; trial++) {
      const weights = Array.from({ length: random.between(1, 40) }, () => random.float());
      const size = effectiveSampleSize(weights);
      expect(size).toBeGreaterThanOrEqual(1 - 1e-12);
      expect(size).toBeLessThanOrEqual(weights.length + 1e-9);
    }
  });

  it('turn repeats into weights that keep every share', () => {
    expect(weightsFromDraws([7, 2, 7, 7, 2, 9])).toEqual({ rows: [2, 7, 9], weights: [1, 1.5, 0.5] });
    expect(meanOne([0, 0])).toEqual([0, 0]);
  });

  it('balance by main skill however rare it is', () => {
    const pool = poolOf({ common: 500, rare: 2 });
    const rows = balancedRows(skillMap(pool), 4000, 2);
    expect(rows.filter((row) => row >= 500).length / 4000).toBeCloseTo(0.5, 1);
  });

  it('repeat no ordinary row before all were used', () => {
    const rows = ordinaryRows(5, 12, 3);
    expect([...rows.slice(0, 5)].sort()).toEqual([0, 1, 2, 3, 4]);
    expect([...rows.slice(5, 10)].sort()).toEqual([0, 1, 2, 3, 4]);
    expect(rows.length).toBe(12);
  });

  it('permute names one to one, seeded', () => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f'];
    const images = permutedSkills(names, 4);
    expect([...images.values()].sort()).toEqual(names);
    expect(permutedSkills([...names].reverse(), 4)).toEqual(images);
    expect([1, 2, 3, 4].some((seed) => permutedSkills(names, seed).get('a') !== 'a')).toBe(true);
  });
});
