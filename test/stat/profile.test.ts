/** Skill-Map, difficulty and profile on an example small enough to count by hand. */
import { describe, expect, it } from 'vitest';
import { difficultByGrade, difficultQuestions } from '../../src/stat/difficulty';
import { countedJudgements, judgeRequests, profileFrom } from '../../src/stat/profile';
import { mainSkill, skillMap } from '../../src/stat/skills';
import { question, response, verdict } from './rows';

// add is carried by four validation questions, sub by two, neg by one.
const validation = [question('1', 'add'), question('2', 'add', 'sub'), question('3', 'neg', 'sub', 'add'), question('4', 'add')];

describe('skill map', () => {
  it('lists carriers once, and the first skill is the main one', () => {
    const map = skillMap([...validation, question('5', 'add', 'add')]);
    expect([...map]).toEqual([['add', [0, 1, 2, 3, 4]], ['sub', [1, 2]], ['neg', [2]]]);
    expect(mainSkill(validation[2])).toBe('neg');
    expect(mainSkill(question('6'))).toBeUndefined();
  });
});

describe('difficulty', () => {
  it('is a wrong graded answer, each question once', () => {
    const responses = [response('1', true), response('2', false), response('3', false), response('2', false)];
    expect(difficultByGrade(responses)).toEqual(['2', '3']);
    expect(difficultQuestions(responses, { kind: 'graded' })).toEqual(['2', '3']);
  });
});

describe('judge requests', () => {
  it('hold the question, the response and the list, and nothing a teacher may not see', () => {
    const skills = [{ name: 'add', description: 'adding' }];
    const [request] = judgeRequests(['2'], validation, [response('2', false)], skills);
    expect(request).toEqual({ questionId: '2', question: 'q 2', response: 'r 2', skills });
  });

  it('name the question that has no response', () => {
    expect(() => judgeRequests(['4'], validation, [], [])).toThrow('There is no response to 4.');
    expect(() => judgeRequests(['9'], validation, [response('9', false)], [])).toThrow('There is no question 9.');
  });
});

describe('profile', () => {
  const verdicts = [verdict('2', ['sub']), verdict('3', ['sub', 'neg', 'neg']), verdict('4', ['add'], true)];

  it('counts n_s and divides by carriers, dropping what the teacher judged right', () => {
    expect(profileFrom(verdicts, validation)).toEqual({
      entries: [
        { skill: 'sub', count: 2, carriers: 2, rate: 1 },
        { skill: 'neg', count: 1, carriers: 1, rate: 1 },
        { skill: 'add', count: 0, carriers: 4, rate: 0 },
      ],
      difficult: 3,
      validation: 4,
    });
  });

  it('keeps the judged-right on request, and ranks by rate or by count', () => {
    const more = [...verdicts, verdict('1', ['add'])];
    const by = (order: 'rate' | 'count'): string[] =>
      profileFrom(more, validation, { order, keepJudgedCorrect: true }).entries.map((entry) => entry.skill);
    expect(by('count')).toEqual(['sub', 'add', 'neg']);
    expect(by('rate')).toEqual(['sub', 'neg', 'add']);
  });

  it('has rate 0 for a skill no validation question carries, and keeps its count', () => {
    expect(profileFrom([verdict('1', ['mul'])], validation).entries.find((entry) => entry.skill === 'mul'))
      .toEqual({ skill: 'mul', count: 1, carriers: 0, rate: 0 });
  });

  it('takes the last verdict of a question', () => {
    expect(countedJudgements([verdict('1', ['a']), verdict('1', ['b'])])).toEqual([verdict('1', ['b'])]);
  });
});
