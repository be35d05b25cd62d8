import { describe, expect, it } from 'vitest';
import { smoothed } from '../../src/app/charts/smooth';
import { changes } from '../../src/app/domain/answers';
import { armResult, inWords, type Answered } from '../../src/app/domain/comparison';
import { metricsCsv, stepsOf, withStep } from '../../src/app/domain/metrics';
import { distinctRows, heaviestRows, skillShares } from '../../src/app/pages/adapt/distribution';
import { disagreements, ranked } from '../../src/app/pages/profile/ranking';
import { carriers } from '../../src/app/pages/skills/carriers';
import { quickLook } from '../../src/app/state/quick';
import type { Question, Response } from '../../src/data/types';
import { demoProject } from '../../src/studio/project';

const question = (id: string, skill: string): Question => ({ id, question: id, answer: id, skills: [skill, 'way'] });
const response = (questionId: string, correct: boolean): Response => ({ questionId, text: '', correct, rule: 'exact' });
const step = (n: number, loss = 1) => ({ step: n, loss, gradNorm: 1, learningRate: 1e-3, tokens: 10, msPerStep: 5 });

describe('the comparison', () => {
  const questions = [question('a', 'neg'), question('b', 'neg'), question('c', 'add'), question('d', 'add')];
  const answers = (...right: string[]) => questions.map(({ id }) => response(id, right.includes(id)));
  const arm = (name: string, kind: Answered['kind'], test: Response[]): Answered => ({
    arm: name,
    kind,
    sets: new Map([['test', test]]),
  });
  const base = arm('base', 'base', answers('c', 'd'));
  const sft = arm('sft', 'sft', answers('c', 'd', 'a'));

  it('keeps missing and known skills apart', () => {
    const result = armResult(arm('stat-sel', 'stat-sel', answers('a', 'b', 'c')), base, sft, questions, ['neg']);
    expect(result?.missing).toMatchObject({ before: 0, after: 1, difference: 1 });
    expect(result?.known).toMatchObject({ before: 1, after: 0.5, difference: -0.5 });
    expect(result?.sets[0].counts).toMatchObject({ fixed: 2, broken: 1, stillRight: 1, stillWrong: 0 });
    expect(result?.againstSft?.difference).toBe(0);
  });

  it('says nothing of an arm that has not answered everything', () => {
    expect(armResult(arm('stat-sel', 'stat-sel', answers('a').slice(1)), base, sft, questions, ['neg'])).toBeUndefined();
  });

  it('calls an interval that covers zero noise', () => {
    expect(inWords({ difference: 0.05, low: -0.01, high: 0.11 })).toBe('within noise');
    expect(inWords({ difference: 0.05, low: 0.01, high: 0.09 })).toBe('better');
    expect(inWords({ difference: -0.05, low: -0.09, high: -0.01 })).toBe('worse');
  });

  it('tells what became of each question', () => {
    const found = changes(questions, base.sets.get('test') ?? [], answers('a', 'c'));
    expect(found.map((one) => one.change)).toEqual(['fixed', 'still wrong', 'still right', 'broken']);
  });
});

describe('the training log', () => {
  it('adds told steps behind the stored ones, each once', () => {
    const stored = [
      { key: 'b', runId: 'r', projectId: 'p', steps: [step(3)] },
      { key: 'a', runId: 'r', projectId: 'p', steps: [step(1), step(2)] },
    ];
    expect(stepsOf(stored, [step(2, 9), step(3, 9), step(4)]).map((one) => [one.step, one.loss])).toEqual([
      [1, 1],
      [2, 1],
      [3, 1],
      [4, 1],
    ]);
  });

  it('forgets what came after the step a run went back to', () => {
    expect(withStep([step(1), step(2), step(3)], step(2, 7)).map((one) => one.loss)).toEqual([1, 7]);
  });

  it('is written as CSV', () => {
    expect(metricsCsv([step(1)])).toBe('step,loss,gradNorm,learningRate,tokens,msPerStep\n1,1,1,0.001,10,5\n');
  });

  it('begins its running mean at the first value', () => {
    expect(smoothed([4, 4, 4], 0.9)[0]).toBeCloseTo(4, 12);
    const curve = smoothed([1, 0, NaN, 0], 0.5);
    expect(curve[1]).toBeCloseTo(1 / 3, 12);
    expect(curve[2]).toBe(curve[1]);
  });
});

describe('what a training set is made of', () => {
  const mains = ['add', 'add', 'neg', undefined];
  it('shares the practice by loss weight', () => {
    expect(skillShares(mains).get('add')).toBe(0.5);
    const shares = skillShares(mains, { rows: [0, 2, 2], weights: [2, 0.5, 0.5] });
    expect(shares.get('add')).toBeCloseTo(2 / 3, 12);
    expect(shares.get('neg')).toBeCloseTo(1 / 3, 12);
  });

  it('finds the rows that count most', () => {
    const set = { rows: [5, 7, 5, 9], weights: [1, 1, 1, 1] };
    expect(heaviestRows(set, 1)).toEqual([{ row: 5, weight: 2 }]);
    expect(distinctRows(set)).toBe(3);
  });
});

describe('the profile', () => {
  const entry = (skill: string, count: number, carriers: number) => ({ skill, count, carriers, rate: count / carriers });
  const entries = [entry('add', 40, 400), entry('neg', 20, 25), entry('frac', 15, 20), entry('mod', 12, 20)];
  it('ranks by either number', () => {
    expect(ranked(entries, 'count').map((one) => one.skill)).toEqual(['add', 'neg', 'frac', 'mod']);
    expect(ranked(entries, 'rate').map((one) => one.skill)).toEqual(['neg', 'frac', 'mod', 'add']);
  });

  it('notices a skill that is only common', () => {
    expect(disagreements(entries)).toMatchObject({ byCount: 'add', countRank: 1, rateRank: 4 });
    expect(disagreements(entries.slice(1))).toBeUndefined();
  });
});

describe('the Skill-Map in numbers', () => {
  it('puts chunks in order and counts a question once a skill', () => {
    const row = (start: number, skills: string[][]) => ({
      key: `k${start}`,
      projectId: 'p',
      set: 'pool' as const,
      start,
      skills,
    });
    const map = carriers([row(2, [['neg', 'sub']]), row(0, [['add', 'add'], ['sub']])]);
    expect(map.lists.get('pool')).toEqual([['add', 'add'], ['sub'], ['neg', 'sub']]);
    expect(map.totals.get('pool')).toBe(3);
    expect(Object.fromEntries(map.counts.get('pool') ?? [])).toEqual({ add: 1, sub: 2, neg: 1 });
  });
});

describe('a quick look', () => {
  it('keeps the base, plain fine-tuning and a control beside the method, at one rate each', () => {
    const quick = quickLook(demoProject('A', 0));
    expect(quick.arms.map((one) => one.kind)).toEqual(['base', 'sft', 'shuffled', 'stat-sel']);
    expect(quick.arms.every((one) => one.learningRates === undefined)).toBe(true);
    expect(quick.training.steps).toBeLessThan(demoProject('A', 0).training.steps);
    expect(quick.limits?.test).toBeGreaterThan(0);
  });
});
