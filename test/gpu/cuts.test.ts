/** A program is cut into submits of about 15 ms, whatever its launches cost. */
import { describe, expect, it } from 'vitest';
import { Random } from '../../src/core/random';
import { Cuts, SUBMIT_MS } from '../../src/gpu/cuts';

/** What an adapter would tell of a run whose launches take so long. `late`: it is heard of only when all is done. */
function told(ends: readonly number[], costs: readonly number[], late = false): number[] {
  let at = 100;
  let from = 0;
  const times = ends.map((end) => {
    for (; from < end; from++) at += costs[from % costs.length];
    return at;
  });
  return [100, ...(late ? times.map(() => at) : times)];
}

/** ms of each submit, with what is in it. */
function pieces(ends: readonly number[], costs: readonly number[]): { ms: number; launches: number }[] {
  return ends.map((end, i) => {
    let ms = 0;
    for (let launch = ends[i - 1] ?? 0; launch < end; launch++) ms += costs[launch % costs.length];
    return { ms, launches: end - (ends[i - 1] ?? 0) };
  });
}

function learned(costs: readonly number[], times: number, late = false): readonly number[] {
  const cuts = new Cuts(costs.length);
  for (let run = 0; run < 6; run++) {
    const ends = cuts.ends(times);
    expect(cuts.wanted()).toBe(true);
    cuts.count();
    cuts.learn(ends, told(ends, costs, late));
  }
  expect(cuts.wanted()).toBe(false);
  return cuts.ends(times);
}

describe('submits', () => {
  const random = new Random(1, 'cuts');
  const kinds: [string, number[]][] = [
    ['fast', Array.from({ length: 150 }, () => 0.02)],
    ['slow', Array.from({ length: 150 }, () => 4)],
    ['uneven', Array.from({ length: 150 }, () => 0.05 + 6 * random.float() ** 3)],
    ['with one too long to bound', [...Array.from({ length: 40 }, () => 0.5), 60, ...Array.from({ length: 40 }, () => 0.5)]],
  ];
  it.each(kinds)('of %s launches stay near 15 ms, in order, none left out', (_, costs) => {
    for (const times of [1, 8]) {
      const ends = learned(costs, times);
      expect([...ends].sort((a, b) => a - b)).toEqual([...ends]);
      expect(ends.at(-1)).toBe(costs.length * times);
      for (const { ms, launches } of pieces(ends, costs)) if (launches > 1) expect(ms).toBeLessThan(1.5 * SUBMIT_MS);
    }
  });

  it('are no more than needed', () => {
    expect(learned(Array.from({ length: 150 }, () => 0.02), 1)).toEqual([150]);
    expect(learned(Array.from({ length: 150 }, () => 1), 1).length).toBeLessThanOrEqual(12);
  });

  it('stay bounded where ends are heard of late, all at once', () => {
    const ends = learned(Array.from({ length: 150 }, () => 4), 1, true);
    for (const { ms } of pieces(ends, [4])) expect(ms).toBeLessThan(1.5 * SUBMIT_MS);
  });

  it('are the same list until something was learned', () => {
    const cuts = new Cuts(10);
    expect(cuts.ends(3)).toBe(cuts.ends(3));
  });
});
