// Which student is kept for what it still knows, and how rounds and shares become arms and runs.
import { describe, expect, it } from 'vitest';
import { forgotten, missingByProfile, missingRows, standingOf, toKeep, within } from '../../src/stat/forgetting';
import { expandRounds, trainingSetKey, variantsOf } from '../../src/stat/variants';

const question = (id: string, skill: string) => ({ id, question: id, answer: 'x', skills: [skill] });
const response = (questionId: string, correct: boolean) => ({ questionId, text: '', correct, rule: 'exact' });

it('counts missing and known skills by skill, every skill alike', () => {
  const questions = [question('a1', 'a'), question('a2', 'a'), question('b1', 'b'), question('c1', 'c')];
  const responses = [response('a1', true), response('a2', false), response('b1', true), response('c1', false)];
  expect(standingOf(questions, responses, ['a'])).toEqual({ accuracy: 0.5, missing: 0.5, known: 0.5 });
});

it('calls the first five of a profile missing, and only what was missed at all', () => {
  const entries = ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((skill, i) => ({ skill, count: i === 2 ? 0 : 3, carriers: 5, rate: 0.5 }));
  expect(missingByProfile({ entries, difficult: 9, validation: 20 })).toEqual(['a', 'b', 'd', 'e', 'f']);
});

it('finds the pool questions that carry a missing skill, main or not', () => {
  const entries = [{ skill: 'a', count: 3, carriers: 5, rate: 0.6 }, { skill: 'b', count: 0, carriers: 5, rate: 0 }];
  const profile = { entries, difficult: 3, validation: 10 };
  const pool = [question('1', 'b'), { ...question('2', 'b'), skills: ['b', 'a'] }, question('3', 'a')];
  expect(missingRows(pool, profile, 'grpo')).toEqual([1, 2]);
  expect(() => missingRows(pool.slice(0, 1), profile, 'grpo')).toThrow(expect.objectContaining({ code: 'stat-empty-profile' }));
});

describe('of several students', () => {
  const start = { accuracy: 0.8, known: 0.95 };
  const [bold, careful, dull] = [{ accuracy: 0.9, known: 0.9 }, { accuracy: 0.87, known: 0.945 }, { accuracy: 0.82, known: 0.96 }];
  it('the best that forgot no more than it may is kept', () => {
    expect(toKeep([bold, careful, dull], start, 0.01)).toBe(careful);
    expect(toKeep([bold, careful, dull], start)).toBe(bold);
    expect(forgotten(start, dull)).toBeCloseTo(-0.01);
  });
  it('a fall of just what is allowed is allowed, whatever the last bit', () => {
    expect(within({ accuracy: 1, known: 0.3 }, { accuracy: 1, known: 0.1 + 0.1 }, 0.1)).toBe(true);
    expect(within({ accuracy: 1, known: 0.3 }, { accuracy: 1, known: 0.19 }, 0.1)).toBe(false);
  });
  it('the one that forgot least is kept where all forgot too much, the first of equals else', () => {
    expect(toKeep([bold, careful], start, 0)).toBe(careful);
    expect(toKeep([bold, { ...bold }], start)).toBe(bold);
    expect(toKeep([], start)).toBeUndefined();
  });
});

describe('variants', () => {
  const arm = { name: 'stat', kind: 'stat-sel', learningRate: 1e-3 } as const;
  it('rounds follow each other', () => {
    expect(expandRounds([{ ...arm, rounds: 3 }, { ...arm, name: 'other' }]).map(({ name, from, rounds }) => [name, from, rounds])).toEqual([
      ['stat', undefined, undefined], ['stat+round2', 'stat', undefined], ['stat+round3', 'stat+round2', undefined], ['other', undefined, undefined],
    ]);
  });
  it('shares of ordinary rows have a set each', () => {
    expect(variantsOf({ ...arm, replays: [0, 0.5, 0.5] }).map(({ replay }) => replay)).toEqual([0, 0.5]);
    expect(variantsOf(arm)).toEqual([arm]);
    expect(trainingSetKey({ projectId: 'p', arm: 'stat' })).toBe('p/stat');
    expect(trainingSetKey({ projectId: 'p', arm: 'stat', replay: 0 })).toBe('p/stat~0');
  });
});
