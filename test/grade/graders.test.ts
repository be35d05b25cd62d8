/** The graders, over a table of pairs, and on hostile texts. */
import { describe, expect, it } from 'vitest';
import { StudioError } from '../../src/core/errors';
import { cpuTime } from '../cpuTime';
import { extractFinal } from '../../src/grade/extract';
import { graderByName } from '../../src/grade/graders';
import { normaliseAnswer, numberFrom } from '../../src/grade/normalise';
import { pairs } from './pairs';

describe('graders', () => {
  it.each(pairs)('%s: %j against %j', (grader, reference, response, correct, rule, extracted) => {
    const verdict = graderByName(grader)(reference, response);
    expect({ correct: verdict.correct, rule: verdict.rule }).toEqual({ correct, rule });
    if (extracted !== undefined) expect(verdict.extracted).toBe(extracted);
  });

  it('default to the final answer, and name the ones there are', () => {
    expect(graderByName()('1#2', 'the answer is 2').correct).toBe(true);
    expect(() => graderByName('magic')).toThrow(StudioError);
  });

  it('say the same when asked twice (no pattern keeps state)', () => {
    for (const [grader, reference, response] of pairs) {
      expect(graderByName(grader)(reference, response)).toEqual(graderByName(grader)(reference, response));
    }
  });

  it('are quick on long and odd texts', () => {
    const odd = ['1,', '\\boxed{', 'answer is ', '1', '1 ', '\\frac{', '-', '#1', '####', 'a b ', '((', '/1', '1/'];
    const start = cpuTime();
    for (const piece of odd) graderByName('numeric')('5', piece.repeat(200_000 / piece.length));
    expect(cpuTime() - start).toBeLessThan(3000);
  });
});

describe('pieces', () => {
  it('find no answer in a blank text only', () => {
    expect(extractFinal('  ')).toBeUndefined();
    expect(extractFinal('hm')).toEqual({ value: 'hm', rule: 'whole text' });
  });

  it('normalise to a fixed point', () => {
    for (const [, reference, response] of pairs) {
      for (const value of [extractFinal(reference)?.value ?? '', extractFinal(response)?.value ?? '']) {
        expect(normaliseAnswer(normaliseAnswer(value))).toBe(normaliseAnswer(value));
      }
    }
  });

  it('read numbers', () => {
    const cases: [string, number | undefined][] = [
      ['12', 12], ['-1,200.5', -1200.5], ['3/4', 0.75], ['2 1/4', 2.25], ['-2 1/4', -2.25], ['5 km/h', 5], ['7%', 7],
      ['2*10^-3', 0.002], ['1e3', 1000], ['12cm^2', 12], ['x', undefined], ['', undefined], ['.', undefined], ['1/0', undefined],
      ['1,2', undefined], ['14:20', undefined], ['5 5', undefined],
    ];
    for (const [text, value] of cases) expect(numberFrom(text), text).toBe(value);
  });
});
