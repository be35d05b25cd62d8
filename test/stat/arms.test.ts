/** Every arm from one small pool: what it holds, what it refuses, and that a seed fixes it. */
import { describe, expect, it } from 'vitest';
import { armSelection, buildTrainingSet, presentationOrder, presentations } from '../../src/stat/arms';
import type { ArmContext } from '../../src/stat/arms';
import { profileFrom } from '../../src/stat/profile';
import { effectiveSampleSize } from '../../src/stat/select';
import type { ArmKind, ArmSpec } from '../../src/stat/types';
import { poolOf, question, verdict } from './rows';

const pool = poolOf({ add: 60, sub: 30, mul: 9, neg: 1 });
const validation = poolOf({ add: 4, sub: 4, mul: 4, neg: 4 });
const judgements = [verdict('neg-0', ['neg']), verdict('neg-1', ['neg', 'mul']), verdict('mul-0', ['mul'])];
const context: ArmContext = { pool, judgements, profile: profileFrom(judgements, validation), presentations: 400, seed: 3 };

const arm = (kind: ArmKind, more: Partial<ArmSpec> = {}): ArmSpec => ({ name: kind, kind, learningRate: 1e-3, ...more });
const skillsOf = (rows: number[]): Set<string> => new Set(rows.map((row) => pool[row].skills[0]));

const kinds: ArmKind[] =
  ['sft', 'balanced', 'shuffled', 'stat-sel', 'stat-sel-replay', 'stat-sel-weighted', 'pool-weighted'];

describe.each(kinds)('%s', (kind) => {
  it('has one weight a row, mean 1, rows inside the pool, and is fixed by the seed', () => {
    const set = buildTrainingSet(arm(kind), context);
    expect(set.weights.length).toBe(set.rows.length);
    expect(set.weights.reduce((sum, w) => sum + w, 0) / set.rows.length).toBeCloseTo(1, 9);
    expect(set.rows.every((row) => Number.isInteger(row) && row >= 0 && row < pool.length)).toBe(true);
    expect(buildTrainingSet(arm(kind), context)).toEqual(set);
  });
});

describe('arms', () => {
  it('base trains on nothing; sft on the whole pool', () => {
    expect(buildTrainingSet(arm('base'), context)).toEqual({ rows: [], weights: [] });
    const { rows, weights } = buildTrainingSet(arm('sft'), context);
    expect(rows).toEqual(pool.map((_, i) => i));
    expect(new Set(weights)).toEqual(new Set([1]));
  });

  it('stat-sel draws k rows for each of the four pairs, from missing skills only', () => {
    const { rows } = buildTrainingSet(arm('stat-sel'), context);
    expect(rows.length).toBe(4 * 5);
    expect(skillsOf(rows)).toEqual(new Set(['neg', 'mul']));
    expect(buildTrainingSet(arm('stat-sel', { drawsPerSkill: 20 }), context).rows.length).toBe(80);
    expect(buildTrainingSet(arm('stat-sel', { by: 'rate' }), context).rows.length).toBe(400);
  });

  it('stat-sel-replay adds a third of ordinary rows to the same draws', () => {
    const selected = buildTrainingSet(arm('stat-sel'), context).rows;
    const { rows } = buildTrainingSet(arm('stat-sel-replay'), context);
    expect(rows.slice(0, 20)).toEqual(selected);
    expect(rows.length).toBe(30);
    expect(buildTrainingSet(arm('stat-sel-replay', { replay: 0.5 }), context).rows.length).toBe(40);
    expect(() => buildTrainingSet(arm('stat-sel-replay', { replay: 1 }), context)).toThrow('below 1, not 1');
  });

  it('stat-sel-weighted holds the draws of stat-sel as multiplicities', () => {
    const drawn = buildTrainingSet(arm('stat-sel'), context).rows;
    const { rows, weights } = buildTrainingSet(arm('stat-sel-weighted'), context);
    rows.forEach((row, i) => {
      expect((weights[i] / rows.length) * drawn.length).toBeCloseTo(drawn.filter((other) => other === row).length, 9);
    });
  });

  it('shuffled keeps the number of draws and the histogram, on other skills', () => {
    const seeds = [1, 2, 3, 4, 5, 6].map((seed) => buildTrainingSet(arm('shuffled'), { ...context, seed }).rows);
    for (const rows of seeds) expect(rows.length).toBe(20);
    const histogram = seeds.map((rows) => [...skillsOf(rows)].length);
    expect(new Set(histogram)).toEqual(new Set([2]));
    expect(seeds.some((rows) => skillsOf(rows).has('add') || skillsOf(rows).has('sub'))).toBe(true);
  });

  it('balanced gives four skills a quarter each', () => {
    const { rows } = buildTrainingSet(arm('balanced'), { ...context, presentations: 4000 });
    for (const skill of ['add', 'sub', 'mul', 'neg']) {
      expect(rows.filter((row) => pool[row].skills[0] === skill).length / 4000).toBeCloseTo(0.25, 1);
    }
  });

  it('pool-weighted keeps every row, but few of them count where the missing skills are rare', () => {
    const { rows, weights } = buildTrainingSet(arm('pool-weighted'), context);
    expect(rows.length).toBe(100);
    expect(weights.slice(0, 90).every((weight) => weight === 0)).toBe(true);
    expect(effectiveSampleSize(weights)).toBeLessThan(10);
  });

  it('say what they cannot do', () => {
    const none = { ...context, judgements: [], profile: profileFrom([], validation) };
    for (const kind of ['stat-sel', 'stat-sel-weighted', 'stat-sel-replay', 'shuffled', 'pool-weighted'] as const) {
      expect(() => buildTrainingSet(arm(kind), none)).toThrow('has nothing to select');
    }
    expect(() => buildTrainingSet(arm('balanced'), { ...context, pool: [question('1')] })).toThrow('No question of the pool');
    expect(() => buildTrainingSet(arm('stat-sel', { drawsPerSkill: 0 }), context)).toThrow('drawsPerSkill');
  });

  it('count the missing skills that the pool cannot serve', () => {
    const more = { ...context, judgements: [...judgements, verdict('mul-1', ['frac'])] };
    expect(armSelection(arm('stat-sel'), more).unfilled).toEqual(new Map([['frac', 5]]));
  });
});

describe('presentation order', () => {
  const set = { rows: [5, 5, 8], weights: [1, 1, 1] };

  it('goes through the whole set in every epoch, shuffled anew, cut at the budget', () => {
    const order = presentationOrder(set, 8, 1);
    expect(order.length).toBe(8);
    expect([...order.slice(0, 3)].sort()).toEqual([0, 1, 2]);
    expect([...order.slice(3, 6)].sort()).toEqual([0, 1, 2]);
    expect(presentationOrder(set, 8, 1)).toEqual(order);
    expect(presentationOrder(set, 300, 1).slice(0, 8)).toEqual(order);
    expect(presentationOrder(set, 300, 2)).not.toEqual(presentationOrder(set, 300, 1));
  });

  it('is shown as many rows as it says, else steps times rows a step', () => {
    expect(presentations({ steps: 20, batch: 8 }, set)).toBe(160);
    expect(presentations({ steps: 20, batch: 8 }, { ...set, presented: 210 })).toBe(210);
  });

  it('refuses an empty set', () => {
    expect(() => presentationOrder({ rows: [], weights: [] }, 4, 1)).toThrow(RangeError);
  });
});
