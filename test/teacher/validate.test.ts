/** What is let through of a teacher's reply. */

import { describe, expect, it } from 'vitest';
import { StudioError } from '../../src/core/errors';
import { validateJudgement, validateLabel } from '../../src/teacher/validate';

const skills = ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => ({ name, description: '' }));

const codeOf = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    return error instanceof StudioError ? error.code : String(error);
  }
  return 'nothing thrown';
};

describe('labels', () => {
  it('keep listed skills once each, in order', () => {
    expect(validateLabel({ skills: ['b', ' a ', 'b'], reason: 'why' }, skills))
      .toEqual({ skills: ['b', 'a'], reason: 'why', lost: { offList: 0, cut: 0 } });
  });

  it('drop and count what is off the list, then what is past the fifth', () => {
    expect(validateLabel({ skills: ['z', 'f', 'e', 'd', 'c', 'b', 'a', 'toString'] }, skills))
      .toEqual({ skills: ['f', 'e', 'd', 'c', 'b'], reason: '', lost: { offList: 2, cut: 1 } });
  });

  it('bound the reason', () => {
    expect(validateLabel({ skills: [], reason: 'x'.repeat(1e6) }, skills).reason).toHaveLength(2000);
  });

  it.each([
    ['nothing', undefined], ['text', 'a, b'], ['a list', ['a']], ['no skills', { reason: '' }],
    ['a name that is a number', { skills: [1] }],
    ['too many names', { skills: Array(101).fill('a') }], ['a huge name', { skills: ['x'.repeat(201)] }],
  ])('are refused when the reply is %s', (_, reply) => {
    expect(codeOf(() => validateLabel(reply, skills))).toBe('reply-shape');
  });
});

describe('judgements', () => {
  it('keep the verdict and the listed missing skills', () => {
    expect(validateJudgement({ judgedCorrect: false, missing: ['c', 'z'], reason: 'r' }, skills))
      .toEqual({ judgedCorrect: false, missing: ['c'], reason: 'r', lost: { offList: 1, cut: 0 } });
  });

  it('keep what is named of a response judged right, for the option that counts it', () => {
    expect(validateJudgement({ judgedCorrect: true, missing: ['c'] }, skills)).toMatchObject({ judgedCorrect: true, missing: ['c'] });
  });

  it('are refused without a verdict', () => {
    expect(codeOf(() => validateJudgement({ missing: [] }, skills))).toBe('reply-shape');
    expect(codeOf(() => validateJudgement({ judgedCorrect: 'yes', missing: [] }, skills))).toBe('reply-shape');
  });
});
