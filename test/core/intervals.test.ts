/** Intervals, tests and ranks against values worked out by hand or from printed tables. */
import { describe, expect, it } from 'vitest';
import { averageRanks, spearman } from '../../src/core/correlation';
import { meanInterval, pairedBootstrap, tQuantile, wilson } from '../../src/core/intervals';
import { signTest } from '../../src/core/signTest';

describe('wilson', () => {
  it('gives the printed interval of 8 in 10', () => {
    const { mean, low, high } = wilson(8, 10);
    expect(mean).toBe(0.8);
    expect(low).toBeCloseTo(0.4902, 4);
    expect(high).toBeCloseTo(0.9433, 4);
  });

  it('stays inside 0 and 1 and is not a point at the ends', () => {
    expect(wilson(0, 20)).toMatchObject({ mean: 0, low: 0 });
    expect(wilson(0, 20).high).toBeCloseTo(0.1611, 4);
    expect(wilson(20, 20).low).toBeCloseTo(0.8389, 4);
    expect(wilson(20, 20).high).toBe(1);
    expect(wilson(0, 0)).toEqual({ mean: 0 });
  });
});

describe('meanInterval', () => {
  it('uses Student t: table values for 1, 2, 3, 4, 9 and 30 degrees of freedom', () => {
    const table: [number, number][] = [[1, 12.706], [2, 4.303], [3, 3.182], [4, 2.776], [9, 2.262], [30, 2.042]];
    for (const [freedom, t] of table) expect(tQuantile(0.95, freedom)).toBeCloseTo(t, 3);
  });

  it('is mean +- 4.303 s / sqrt(3) for three seeds', () => {
    const { mean, low, high } = meanInterval([1, 2, 3]);
    expect(mean).toBe(2);
    expect(low).toBeCloseTo(2 - 4.30265 / Math.sqrt(3), 4);
    expect(high).toBeCloseTo(2 + 4.30265 / Math.sqrt(3), 4);
    expect(meanInterval([5])).toEqual({ mean: 5 });
  });
});

describe('pairedBootstrap', () => {
  const differences = [...Array<number>(60).fill(1), ...Array<number>(30).fill(-1), ...Array<number>(110).fill(0)];

  it('agrees with the normal interval of the same mean', () => {
    const { mean, low, high } = pairedBootstrap(differences, { seed: 1 });
    const half = 1.96 * Math.sqrt((0.45 - 0.15 ** 2) / 200);
    expect(mean).toBeCloseTo(0.15, 12);
    expect(low).toBeCloseTo(0.15 - half, 1);
    expect(high).toBeCloseTo(0.15 + half, 1);
    expect(Math.abs((high ?? 0) - (low ?? 0) - 2 * half)).toBeLessThan(0.02);
  });

  it('is the same for the same seed and not for another', () => {
    expect(pairedBootstrap(differences, { seed: 1 })).toEqual(pairedBootstrap(differences, { seed: 1 }));
    expect(pairedBootstrap(differences, { seed: 1, resamples: 50 })).not.toEqual(
      pairedBootstrap(differences, { seed: 2, resamples: 50 }));
  });

  it('widens when whole seeds differ, and spans exactly the seeds when questions inside are equal', () => {
    const clusters = [...Array<number>(50).fill(0), ...Array<number>(50).fill(1)];
    const bySeed = clusters.map((seed) => (seed === 0 ? 0 : 1));
    const clustered = pairedBootstrap(bySeed, { seed: 3, clusters });
    expect([clustered.low, clustered.high]).toEqual([0, 1]);
    const plain = pairedBootstrap(bySeed, { seed: 3 });
    expect(plain.low).toBeGreaterThan(0.35);
    expect(plain.high).toBeLessThan(0.65);
    expect(() => pairedBootstrap([1, 2], { seed: 0, clusters: [1] })).toThrow(RangeError);
  });
});

describe('signTest', () => {
  it('is the exact binomial', () => {
    expect(signTest(0, 0)).toBe(1);
    expect(signTest(5, 0)).toBeCloseTo(2 / 32, 12);
    expect(signTest(1, 8)).toBeCloseTo((2 * (1 + 9)) / 512, 12);
    expect(signTest(7, 7)).toBe(1);
    expect(signTest(2, 9)).toBe(signTest(9, 2));
  });

  it('does not underflow for thousands of changes', () => {
    expect(signTest(2500, 2300)).toBeCloseTo(0.0041, 4);
    expect(signTest(0, 3000)).toBe(0);
  });
});

describe('spearman', () => {
  it('shares ranks between ties', () => {
    expect([...averageRanks([10, 20, 20, 5])]).toEqual([2, 3.5, 3.5, 1]);
  });

  it('matches the hand-computed value with ties', () => {
    // ranks 1,2.5,2.5,4 and 1,3,2,4: covariance 4.5, variances 4.5 and 5.
    expect(spearman([1, 2, 2, 3], [1, 3, 2, 4])).toBeCloseTo(4.5 / Math.sqrt(22.5), 12);
    expect(spearman([1, 2, 3], [9, 4, 1])).toBeCloseTo(-1, 12);
  });

  it('is undefined where no rank order exists', () => {
    expect(spearman([1, 1, 1], [1, 2, 3])).toBeUndefined();
    expect(spearman([1], [2])).toBeUndefined();
  });
});
