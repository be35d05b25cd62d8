/** The golden table: every pair with its expected verdict, either way round where that is meant, and fast. */
import { beforeAll, describe, expect, it } from 'vitest';
import { cpuTime } from '../cpuTime';
import { loadGrader, type Grader } from '../../src/grade/graders';
import { golden } from './golden';

const count = Object.values(golden).reduce((sum, { pairs }) => sum + pairs.length, 0);

describe.each(Object.entries(golden))('%s', (_, { grader, pairs }) => {
  let grade: Grader;
  beforeAll(async () => {
    grade = await loadGrader(grader);
  });
  it.each(pairs)('%j against %j: %s', (reference, response, correct) => {
    const verdict = grade(reference, response);
    expect(verdict.correct, verdict.rule).toBe(correct);
    expect(verdict.rule).not.toBe('');
  });
});

describe('the table', () => {
  it('has at least 200 pairs, right and wrong ones', () => {
    const right = Object.values(golden).flatMap(({ pairs }) => pairs).filter(([, , correct]) => correct).length;
    expect(count).toBeGreaterThanOrEqual(200);
    expect(right).toBeGreaterThan(count / 4);
    expect(right).toBeLessThan((3 * count) / 4);
  });

  it('is graded a second time with the same verdicts', async () => {
    for (const { grader, pairs } of Object.values(golden)) {
      const grade = await loadGrader(grader);
      for (const [reference, response] of pairs) expect(grade(reference, response)).toEqual(grade(reference, response));
    }
  });
});

describe('speed', () => {
  const pairs = Object.values(golden).flatMap((group) => group.pairs);

  it.each(['exact', 'final', 'numeric', 'choice'])('%s gives more than 1,000 grades a second', async (name) => {
    const grade = await loadGrader(name);
    for (const [reference, response] of pairs) grade(reference, response);
    const start = cpuTime();
    let graded = 0;
    for (let round = 0; round < 5; round++) {
      for (const [reference, response] of pairs) {
        grade(reference, response);
        graded++;
      }
    }
    expect(graded / ((cpuTime() - start) / 1000)).toBeGreaterThan(1000);
  });

  it('of the mathematical grader is bounded on every hostile answer', async () => {
    const grade = await loadGrader('math');
    grade('\\boxed{x}', '\\boxed{y}');
    const pieces = ['|', '(', '{', '[', '\\frac{', '\\sqrt{', 'x^{', '9^{', '!', '-', 'x_', '\\left(', "f'", 'f(', '|(', '1,', '&', '\\pm', '=', '<', '\\cup', '\\begin{pmatrix}', '\\sin', '\\int', '1+|'];
    for (const piece of pieces) {
      for (const length of [8, 20, 190]) {
        const text = piece.repeat(Math.ceil(length / piece.length)).slice(0, length);
        const start = cpuTime();
        grade('\\boxed{x+1}', `The answer is ${text}`);
        grade('\\boxed{x+1}', `\\boxed{${text}1${'}'.repeat(text.split('{').length)}`);
        expect(cpuTime() - start, `${piece} × ${length}`).toBeLessThan(2000);
      }
    }
  });
});
