/** The rules of difficulty, on scores and samples that can be worked by hand; detection; agreement of two passes. */
import { describe, expect, it } from 'vitest';
import type { Response } from '../../src/data/types';
import { judgementAgreement } from '../../src/stat/agreement';
import { detection, difficultByProcess, difficultQuestions, scoreRequests, stepsOf } from '../../src/stat/difficulty';
import { question, response, verdict } from './rows';

const sample = (questionId: string, extracted: string | undefined, correct = true, text = 'a b c'): Response =>
  ({ questionId, text, correct, rule: 'test', ...(extracted === undefined ? {} : { extracted }) });

describe('the three-way rule of step scores (0.85, 0.7)', () => {
  it.each<[string, number[], boolean]>([
    ['all high', [0.9, 0.95, 0.99], false], ['last at τ1', [0.99, 0.99, 0.85], true], ['last just above', [0.99, 0.99, 0.86], false], ['mean at τ1', [0.71, 0.98, 0.86], true],
    ['an early step at τ2', [0.7, 1, 1, 1, 1], true], ['an early step just above', [0.71, 1, 1, 1, 1], false], ['one step', [0.86], false], ['one low step', [0.8], true], ['no step', [], false],
  ])('%s', (_, scores, difficult) => {
    expect(difficultByProcess(scores, 0.85, 0.7)).toBe(difficult);
    expect(difficultQuestions([response('q', true)], { kind: 'process' }, new Map([['q', scores]]))).toEqual(difficult ? ['q'] : []);
  });

  it('takes thresholds of one’s own', () => {
    const scores = new Map([['q', [0.5, 0.9]]]);
    expect(difficultQuestions([response('q', true)], { kind: 'process', tau1: 0.6, tau2: 0.4 }, scores)).toEqual([]);
    expect(difficultQuestions([response('q', true)], { kind: 'process', tau1: 0.6, tau2: 0.5 }, scores)).toEqual(['q']);
  });
});

describe('the cheap rules', () => {
  it('consistency wants two samples alike; what was not found is like nothing', () => {
    const samples = [...['1', '2', '1', '3', '4'].map((x) => sample('a', x)), ...['1', '2', '3', '4', '5'].map((x) => sample('b', x)), ...[undefined, undefined, '1'].map((x) => sample('c', x))];
    expect(difficultQuestions(samples, { kind: 'consistency' })).toEqual(['b', 'c']);
    expect(difficultQuestions(samples, { kind: 'consistency', below: 3 })).toEqual(['a', 'b', 'c']);
  });

  it('length wants a mean of many words', () => {
    const samples = [sample('a', '1', true, 'w '.repeat(800)), sample('b', '1', true, 'w '.repeat(799)), sample('c', '1', true, 'w '.repeat(1000)), sample('c', '1', true, 'w '.repeat(600))];
    expect(difficultQuestions(samples, { kind: 'length' })).toEqual(['a', 'c']);
    expect(difficultQuestions(samples, { kind: 'length', words: 801 })).toEqual([]);
  });
});

describe('steps', () => {
  it('are paragraphs, else lines, else the worlds’ equations', () => {
    expect(stepsOf('One.\n\nTwo\nlines.\n\n\nThree')).toEqual(['One.', 'Two\nlines.', 'Three']);
    expect(stepsOf('a\nb')).toEqual(['a', 'b']);
    expect(stepsOf('20*4=80,4*4=16,80+16=96#96')).toEqual(['20*4=80', '4*4=16', '80+16=96', '#96']);
    expect(stepsOf('just this')).toEqual(['just this']);
    expect(stepsOf(' ')).toEqual([]);
    expect(stepsOf('x\n'.repeat(80)).length).toBe(50);
  });

  it('are asked about once a response that wrote something', () => {
    expect(scoreRequests([question('1')], [{ ...response('1', true), text: 'a\nb' }, { ...response('1', true), text: '' }, response('2', true)])).toEqual([{ row: '1', question: 'q 1', steps: ['a', 'b'] }]);
  });
});

describe('detection', () => {
  it('counts flags against grades', () => {
    const graded = ['a', 'b', 'c', 'd', 'e'].map((id, i) => response(id, i >= 3));
    expect(detection(['a', 'b', 'd'], graded)).toEqual({ truePositive: 2, falsePositive: 1, falseNegative: 1, trueNegative: 1, precision: 2 / 3, recall: 2 / 3, f1: 2 / 3, accuracy: 0.6 });
    expect(detection([], [response('a', true)])).toMatchObject({ precision: undefined, recall: undefined, accuracy: 1 });
  });
});

describe('two passes of a teacher', () => {
  it('agree by kappa a skill and by overlap a question', () => {
    const first = [verdict('1', ['add']), verdict('2', ['add', 'sub']), verdict('3', ['sub']), verdict('4', []), verdict('5', ['add'], true)];
    const second = [verdict('1', ['add']), verdict('2', ['add']), verdict('3', ['add']), verdict('4', []), verdict('6', ['add'])];
    const { questions, skills, jaccard } = judgementAgreement(first, second);
    expect(questions).toBe(4);
    // add: both 2, only second 1, neither 1: observed 3/4, chance (2·3 + 2·1)/16 = 1/2.
    expect(skills[0]).toEqual({ skill: 'add', both: 2, onlyFirst: 0, onlySecond: 1, neither: 1, kappa: 0.5 });
    expect(skills[1]).toEqual({ skill: 'sub', both: 0, onlyFirst: 2, onlySecond: 0, neither: 2, kappa: 0 });
    expect(jaccard).toBeCloseTo((1 + 0.5 + 0 + 1) / 4, 12);
    expect(judgementAgreement([], [])).toMatchObject({ questions: 0, skills: [], jaccard: undefined });
    expect(judgementAgreement(first, first).skills.map((skill) => skill.kappa)).toEqual([1, 1]);
  });
});
