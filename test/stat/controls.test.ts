/** The controls and baselines: each draws what it says, and no more. */
import { describe, expect, it } from 'vitest';
import { armSelection, buildTrainingSet, type ArmContext } from '../../src/stat/arms';
import { flooredProfile, hardestRows, nearestRows, oracleProfile, sameSize, shuffledLabels, withinTokens } from '../../src/stat/controls';
import { profileFrom } from '../../src/stat/profile';
import { skillMap } from '../../src/stat/skills';
import type { ArmKind, ArmSpec } from '../../src/stat/types';
import { poolOf, response, verdict } from './rows';

const pool = poolOf({ add: 60, sub: 30, mul: 9, neg: 1 });
const validation = poolOf({ add: 4, sub: 4, mul: 4, neg: 4 });
const judgements = [verdict('neg-0', ['neg']), verdict('neg-1', ['neg', 'mul']), verdict('mul-0', ['mul'])];
const context: ArmContext = { pool, judgements, profile: profileFrom(judgements, validation), presentations: 4000, seed: 3 };
const arm = (kind: ArmKind, more: Partial<ArmSpec> = {}): ArmSpec => ({ name: kind, kind, learningRate: 1e-3, ...more });
const counts = (rows: number[]): Record<string, number> => {
  const found: Record<string, number> = {};
  for (const row of rows) found[pool[row].skills[0]] = (found[pool[row].skills[0]] ?? 0) + 1;
  return found;
};
const share = (rows: number[], skill: string): number => (counts(rows)[skill] ?? 0) / rows.length;

describe('an arm', () => {
  it('random draws as many rows as STAT-Sel, in the pool’s own proportions', () => {
    expect(buildTrainingSet(arm('random'), context).rows.length).toBe(buildTrainingSet(arm('stat-sel'), context).rows.length);
    const { rows } = buildTrainingSet(arm('random', { drawsPerSkill: 1000 }), context);
    expect(share(rows, 'add')).toBeCloseTo(0.6, 1);
    expect(share(rows, 'neg')).toBeLessThan(0.03);
  });

  it('uniform gives each skill a quarter whatever the profile says', () => {
    const { rows } = buildTrainingSet(arm('uniform'), context);
    for (const skill of ['add', 'sub', 'mul', 'neg']) expect(share(rows, skill)).toBeCloseTo(0.25, 1);
    expect(buildTrainingSet(arm('uniform'), { ...context, judgements: [], profile: profileFrom([], validation) }).rows).toEqual(rows);
  });

  it('shuffled-map keeps the histogram of labels and the number of draws, and breaks what they mean', () => {
    const dealt = shuffledLabels(pool, 3);
    const sizes = (map: Map<string, number[]>) => Object.fromEntries([...map].map(([skill, rows]) => [skill, rows.length]).sort());
    expect(sizes(skillMap(dealt))).toEqual(sizes(skillMap(pool)));
    const { rows } = buildTrainingSet(arm('shuffled-map', { drawsPerSkill: 500 }), context);
    expect(rows.length).toBe(2000);
    expect(share(rows, 'mul')).toBeLessThan(0.4);
  });

  it('other-student draws by the other’s judgements', () => {
    const other = { judgements: [verdict('sub-0', ['sub'])], profile: profileFrom([verdict('sub-0', ['sub'])], validation) };
    expect(counts(buildTrainingSet(arm('other-student'), { ...context, other }).rows)).toEqual({ sub: 5 });
  });

  it('oracle draws in proportion to the true error rates', () => {
    const answers = validation.map((question) => response(question.id, !['neg-0', 'neg-1', 'neg-2', 'add-0'].includes(question.id)));
    const oracle = oracleProfile(validation, answers);
    expect(oracle.entries.map((entry) => [entry.skill, entry.rate])).toEqual([['neg', 0.75], ['add', 0.25], ['mul', 0], ['sub', 0]]);
    const { rows } = buildTrainingSet(arm('oracle'), { ...context, oracle });
    expect(share(rows, 'neg')).toBeCloseTo(0.75, 1);
    expect(share(rows, 'add')).toBeCloseTo(0.25, 1);
  });

  it('hard takes the harder part only, at the size of the run', () => {
    const hardness = pool.map((_, i) => (i >= 90 ? 5 : 1));
    const { rows } = buildTrainingSet(arm('hard', { hardest: 0.1 }), { ...context, hardness });
    expect(rows.length).toBe(4000);
    expect(new Set(rows)).toEqual(new Set([90, 91, 92, 93, 94, 95, 96, 97, 98, 99]));
    expect(hardestRows([1, 3, 3, 2], 0.5)).toEqual([1, 2]);
  });

  it('embed-sel takes the nearest rows by angle, repeats kept', () => {
    const near = nearestRows([[2, 0], [1, 0]], pool.map((_, i) => [Math.cos(i), Math.sin(i)]), 3);
    const nearest = new Map([['a', near.slice(0, 3)], ['b', near.slice(3)]]);
    const { rows } = buildTrainingSet(arm('embed-sel', { neighbours: 2 }), { ...context, nearest });
    expect(rows).toEqual([0, 44, 0, 44]);
    expect(nearestRows([[0, 0]], [[1, 0]], 1)).toEqual([0]);
  });

  it('says what it lacks', () => {
    for (const kind of ['other-student', 'oracle', 'hard', 'embed-sel', 'stat-syn', 'augment'] as const) expect(() => buildTrainingSet(arm(kind), context)).toThrow(`"${kind}" needs`);
    expect(() => buildTrainingSet(arm('stat-sel', { floor: 2 }), context)).toThrow('floor must be');
  });

  it('with a floor still draws what the profile does not name', () => {
    const { rows } = buildTrainingSet(arm('stat-sel', { by: 'rate', floor: 0.5 }), context);
    // Rates: neg and mul ½ each; the floor lifts add and sub to ¼.
    for (const [skill, wanted] of [['neg', 1 / 3], ['mul', 1 / 3], ['add', 1 / 6], ['sub', 1 / 6]] as const) expect(share(rows, skill)).toBeCloseTo(wanted, 1);
    expect(buildTrainingSet(arm('pool-weighted', { floor: 0.5 }), context).weights.every((weight) => weight > 0)).toBe(true);
    expect(flooredProfile(context.profile, skillMap(pool), 0).entries).toEqual(context.profile.entries);
  });

  it('counts answers judged right only when asked to', () => {
    const more = { ...context, judgements: [...judgements, verdict('add-0', ['add'], true)] };
    expect(counts(armSelection(arm('stat-sel'), more).rows).add).toBeUndefined();
    expect(counts(armSelection(arm('stat-sel', { keepJudgedCorrect: true }), more).rows).add).toBe(5);
  });
});

describe('equal budgets', () => {
  it('cut or repeat a selection to one size', () => {
    expect(sameSize([4, 5, 6], 2, 1).length).toBe(2);
    const seven = sameSize([4, 5, 6], 7, 1);
    expect(seven.length).toBe(7);
    for (const row of [4, 5, 6]) expect(seven.filter((one) => one === row).length).toBeGreaterThanOrEqual(2);
    expect(sameSize([], 7, 1)).toEqual([]);
  });

  it('count presentations within a number of tokens', () => {
    expect(withinTokens([0, 1, 1, 0], [10, 5], 20)).toBe(3);
    expect(withinTokens([0, 1], [10, 5], 9)).toBe(0);
    expect(withinTokens([0, 1], [10, 5], 99)).toBe(2);
  });
});
