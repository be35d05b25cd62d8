// GRPO's numbers by hand and by finite differences.
import { describe, expect, it } from 'vitest';
import { Random } from '../../src/core/random';
import { groupAdvantages, policyTerm, tokenShares, type PolicyOptions } from '../../src/train/policy';

const options: PolicyOptions = { scale: 'std', clipLow: 0.2, clipHigh: 0.28, kl: 0.05, mean: 'answer' };

describe('advantages of a group', () => {
  it('are centred, and scaled by the sample standard deviation', () => {
    const rewards = [1, 0, 0, 1];
    const deviation = Math.sqrt((4 * 0.25) / 3);
    groupAdvantages(rewards, 'std')?.forEach((advantage, i) => expect(advantage).toBeCloseTo((rewards[i] - 0.5) / (deviation + 1e-4), 12));
    expect(groupAdvantages(rewards, 'none')).toEqual([0.5, -0.5, -0.5, 0.5]);
  });
  it('do not exist where every answer earned the same', () => {
    expect(groupAdvantages([1, 1, 1], 'std')).toBeUndefined();
    expect(groupAdvantages([0.3], 'none')).toBeUndefined();
  });
});

describe('a token of the objective', () => {
  it('has the coefficient that finite differences give, clipped or not, for either sign', () => {
    const random = new Random(3, 'policy');
    let clippedSeen = 0;
    for (let i = 0; i < 400; i++) {
      const [logp, old, reference, advantage] = [-2 * random.float(), -2 * random.float(), -2 * random.float(), random.normal()];
      const term = policyTerm(logp, old, reference, advantage, options);
      const at = (x: number) => policyTerm(x, old, reference, advantage, options).loss;
      const slope = (at(logp + 1e-6) - at(logp - 1e-6)) / 2e-6;
      expect(Math.abs(slope + term.coefficient)).toBeLessThan(1e-6 * (1 + Math.abs(slope)));
      expect(term.kl).toBeGreaterThanOrEqual(0);
      if (term.clipped) clippedSeen++;
    }
    expect(clippedSeen).toBeGreaterThan(50);
  });
  it('is the plain policy gradient before the first update', () => {
    const term = policyTerm(-1, -1, -3, 0.7, { ...options, kl: 0 });
    expect(term).toMatchObject({ loss: -0.7, coefficient: 0.7, clipped: false, kl: 0 });
  });
});

it('shares the mean out by answer, by token or by a constant', () => {
  expect(tokenShares([2, 6], 'answer', 4, 10)).toEqual([1 / 8, 1 / 24]);
  expect(tokenShares([2, 6], 'token', 4, 10)).toEqual([1 / 8, 1 / 8]);
  expect(tokenShares([2, 6], 'constant', 4, 10)).toEqual([1 / 40, 1 / 40]);
});
