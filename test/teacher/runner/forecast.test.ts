/** What a job is said to take, against sums by hand. */
import { describe, expect, it } from 'vitest';
import { forecast, mostTokens } from '../../../src/teacher/runner/forecast';
import { someOf } from '../../../src/teacher/sample';

const request = (bytes: number, maxTokens: number) => ({ messages: [{ role: 'user' as const, content: 'x'.repeat(bytes) }], maxTokens, temperature: 0 });

describe('forecast', () => {
  it('takes the mean of the sample for every request', () => {
    // 84 and 184 bytes with what is around each message: 25 and 50 tokens by the rule of four bytes.
    const told = forecast([request(84, 100), request(184, 300)], 10, { input: 2, output: 8 });
    expect(told).toEqual({ requests: 10, read: 375, writtenAtMost: 2000, money: { least: 375 * 2e-6, most: 375 * 2e-6 + 2000 * 8e-6 } });
  });

  it('knows no money without a price', () => {
    expect(forecast([request(84, 100)], 3).money).toBeUndefined();
  });

  it('counts bytes, not characters, as the most tokens', () => {
    expect(mostTokens({ ...request(0, 7), system: 'é' })).toEqual({ input: 18, output: 7 });
  });
});

describe('someOf', () => {
  it('takes all of few, and evenly of many with the first among them', () => {
    expect(someOf([1, 2, 3])).toEqual([1, 2, 3]);
    const some = someOf(Array.from({ length: 1000 }, (_, i) => i), 10);
    expect(some).toEqual([0, 100, 200, 300, 400, 500, 600, 700, 800, 900]);
    expect(someOf([])).toEqual([]);
  });
});
