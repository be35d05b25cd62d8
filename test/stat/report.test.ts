/** The comparison, on answers whose counts can be checked by eye. */
import { describe, expect, it } from 'vitest';
import { profileFrom } from '../../src/stat/profile';
import {
  missingAndKnown, pairedCounts, perSkill, pooledDifference, profileAgreement, summarise, unlabelled, weakSkills,
} from '../../src/stat/report';
import { poolOf, question, response, verdict } from './rows';

/** Responses q0, q1, … from a word of 1 (right) and 0 (wrong). */
const answers = (ids: string[], word: string) => ids.map((id, i) => response(id, word[i] === '1'));

describe('paired counts', () => {
  const ids = Array.from({ length: 10 }, (_, i) => `q${i}`);

  it('count fixed, broken, still right and still wrong', () => {
    const counts = pairedCounts(answers(ids, '1110000000'), answers(ids, '1101111100'));
    expect(counts).toMatchObject({ n: 10, fixed: 5, broken: 1, stillRight: 2, stillWrong: 2, before: 0.3, after: 0.7 });
    expect(counts.difference).toBeCloseTo(0.4, 12);
    expect(counts.p).toBeCloseTo((2 * (1 + 6)) / 64, 12);
    expect(counts.low).toBeLessThan(0.4);
    expect(counts.high).toBeGreaterThan(0.4);
  });

  it('pair by question, not by position, and leave out what is in one only', () => {
    const before = answers(ids, '1110000000');
    const after = [...answers(ids, '1101111100')].reverse();
    expect(pairedCounts(before, after)).toEqual(pairedCounts(before, answers(ids, '1101111100')));
    expect(pairedCounts(before.slice(0, 4), after).n).toBe(4);
  });

  it('claim nothing where nothing is paired', () => {
    expect(pairedCounts([], [])).toMatchObject({ n: 0, difference: 0, low: -1, high: 1, p: 1 });
  });
});

describe('skills', () => {
  const questions = [...poolOf({ add: 2, neg: 2 }), question('none')];
  const ids = questions.map((q) => q.id);
  const before = answers(ids, '11001');
  const after = answers(ids, '10111');
  const rows = perSkill(questions, before, after);

  it('are counted by main skill', () => {
    expect(rows.map((row) => [row.skill, row.counts.before, row.counts.after])).toEqual(
      [['add', 1, 0.5], ['neg', 0, 1], [unlabelled, 1, 1]]);
    expect(weakSkills(rows)).toEqual(['neg']);
  });

  it('make two bars, each skill counting alike', () => {
    expect(missingAndKnown(rows, ['neg'])).toEqual({
      missing: { skills: 1, before: 0, after: 1, difference: 1 },
      known: { skills: 2, before: 1, after: 0.75, difference: -0.25 },
    });
    expect(missingAndKnown(rows, []).missing).toBeUndefined();
  });
});

describe('profile against the truth', () => {
  it('is Spearman over skills', () => {
    const questions = poolOf({ add: 2, sub: 2, neg: 2 });
    const truth = answers(questions.map((q) => q.id), '111000');
    const profile = profileFrom([verdict('neg-0', ['neg']), verdict('neg-1', ['neg']), verdict('sub-1', ['sub'])], questions);
    expect(profileAgreement(profile, questions, truth)).toBeCloseTo(1, 12);
    expect(profileAgreement(profileFrom([], questions), questions, truth)).toBeUndefined();
  });
});

describe('seeds', () => {
  it('are summarised with every seed beside the mean', () => {
    const summary = summarise([{ seed: 0, value: 1 }, { seed: 1, value: 2 }, { seed: 2, value: 3 }]);
    expect(summary.mean).toBe(2);
    expect(summary.low).toBeCloseTo(2 - 4.30265 / Math.sqrt(3), 4);
    expect(summary.seeds.map((seed) => seed.value)).toEqual([1, 2, 3]);
  });

  it('are resampled whole in the pooled difference', () => {
    const ids = Array.from({ length: 40 }, (_, i) => `q${i}`);
    const wrong = answers(ids, '0'.repeat(40));
    const right = answers(ids, '1'.repeat(40));
    const pooled = pooledDifference([{ seed: 0, before: wrong, after: wrong }, { seed: 1, before: wrong, after: right }]);
    expect(pooled).toEqual({ mean: 0.5, low: 0, high: 1 });
  });
});
