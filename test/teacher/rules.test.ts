/** The rule-based teacher against the generator's hidden labels, and on responses written by hand. */

import { describe, expect, it } from 'vitest';
import { worldById, worlds } from '../../src/data/worlds';
import { rulesTeacher } from '../../src/teacher/rules';
import { validateJudgement } from '../../src/teacher/validate';

const seeds = [0, 1, 2];

describe.each(worlds)('labels in world $id', (world) => {
  const teacher = rulesTeacher(world.id);

  it.each(seeds)('are the hidden ones on every split of seed %i', async (seed) => {
    const { pool, validation, test, outOfDistribution } = world.splits(seed);
    const rows = [...pool, ...validation, ...test, ...Object.values(outOfDistribution).flat()];
    for (const { question, skills } of rows) {
      const reply = await teacher.label({ question, skills: world.skills });
      if (reply.skills.join() !== skills.join()) expect.fail(`${question}: ${reply.skills.join()} for ${skills.join()}`);
    }
  });

  it.each(seeds)('come with judgements that find the reference answers of seed %i right', async (seed) => {
    const { validation, test, outOfDistribution } = world.splits(seed);
    for (const { question, answer } of [...validation, ...test, ...Object.values(outOfDistribution).flat()]) {
      const reply = await teacher.judge({ question, response: answer, skills: world.skills });
      if (!reply.judgedCorrect || reply.missing.length) expect.fail(`${question} -> ${answer}: ${reply.reason}`);
      expect(validateJudgement(reply, world.skills).lost).toEqual({ offList: 0, cut: 0 });
    }
  });

  it('find a fault in every answer whose last digit is changed, and lay it to the last part’s own skill', async () => {
    for (const { question, answer, skills } of world.splits(0).test) {
      const last = Number(answer[answer.length - 1]);
      const response = `${answer.slice(0, -1)}${(last + 1) % 10}`;
      const { judgedCorrect, missing } = await teacher.judge({ question, response, skills: world.skills });
      expect(judgedCorrect).toBe(false);
      expect(missing).toEqual([skills.includes('multi') ? 'multi' : skills[0]]);
    }
  });
});

interface Case {
  name: string;
  world: 'A' | 'B1';
  question: string;
  response: string;
  missing: string[];
  says: string;
}

const cases: Case[] = [
  {
    name: 'a wrong result', world: 'A', question: 'what is 58-23',
    response: '58-23=45#45', missing: ['sub'], says: 'Wrote `58-23=45`; `58-23` is 35.',
  },
  {
    name: 'a wrong set-up', world: 'A', question: '23-58',
    response: '23-58=35#35', missing: ['neg'], says: 'Wrote `23-58=35` where `58-23` was due.',
  },
  {
    name: 'a forgotten sign', world: 'A', question: '23-58',
    response: '58-23=35#35', missing: ['neg'], says: 'The steps are right, but the answer given is `35`, not -35.',
  },
  {
    name: 'a slip inside a product', world: 'A', question: '24 times 7',
    response: '20*7=140,4*7=28,140+28=158#158', missing: ['mul', 'add'], says: 'Wrote `140+28=158`; `140+28` is 168.',
  },
  {
    name: 'the first of two slips', world: 'A', question: '3/4 of 28',
    response: '28/4=6,6*3=19#19', missing: ['frac', 'div'], says: 'Wrote `28/4=6`; `28/4` is 7.',
  },
  {
    name: 'the second part forgotten', world: 'A', question: '59 mod 7, then add 20',
    response: '7*8=56,59-56=3#3', missing: ['multi'], says: 'Stopped before `3+20`.',
  },
  {
    name: 'the second part set up wrongly', world: 'A', question: '59 mod 7, then add 20',
    response: '7*8=56,59-56=3,3*20=60#60', missing: ['multi'], says: 'Wrote `3*20=60` where `3+20` was due.',
  },
  {
    name: 'the second part worked out wrongly', world: 'A', question: 'solve x+17=45, then take 19',
    response: '45-17=28,28-19=19#19', missing: ['multi', 'sub'], says: 'Wrote `28-19=19`; `28-19` is 9.',
  },
  {
    name: 'the first part worked out wrongly', world: 'A', question: 'solve x+17=45, then take 19',
    response: '45-17=38,38-19=19#19', missing: ['lin', 'sub'], says: 'Wrote `45-17=38`; `45-17` is 28.',
  },
  {
    name: 'a reworded story', world: 'A', question: 'tom: 24 pens. buys 17. loses 9. left?',
    response: '24-17=7,7-9=2#2', missing: ['multi'], says: 'Wrote `24-17=7` where `24+17` was due.',
  },
  {
    name: 'nothing written', world: 'A', question: '7,11,15,?',
    response: '', missing: ['seq'], says: 'Stopped before `11-7`.',
  },
  {
    name: 'no final answer', world: 'A', question: 'add 11 and 12',
    response: '11+12=23', missing: ['add'], says: 'no final answer',
  },
  {
    name: 'working without an end', world: 'A', question: 'add 11 and 12',
    response: '11+12=23,23+1=24#24', missing: ['add'], says: 'Went on with `23+1=24` after the working was done.',
  },
  {
    name: 'a wrong comparison', world: 'B1', question: 'largest of 51,56,40',
    response: '51:56=56,56:40=40#40', missing: ['max'], says: 'Wrote `56:40=40`; `56:40` is 56.',
  },
  {
    name: 'a division in a world without the skill', world: 'B1', question: 'average of 24 and 36',
    response: '24+36=60,60/2=20#20', missing: ['avg'], says: '`60/2` is 30',
  },
  {
    name: 'lost minutes', world: 'B1', question: '11 h after 3:20',
    response: '3+11=14,14-12=2#2', missing: ['clock'], says: 'not 2:20',
  },
  {
    name: 'rounding down a half', world: 'B1', question: 'round 275 to tens',
    response: '275=270#270', missing: ['round'], says: '`275` is 280',
  },
];

describe('judgements', () => {
  it.each(cases)('$name', async ({ world, question, response, missing, says }) => {
    const reply = await rulesTeacher(world).judge({ question, response, skills: worldById(world).skills });
    expect(reply.missing).toEqual(missing);
    expect(reply.reason).toContain(says);
    expect(reply.judgedCorrect).toBe(false);
  });

  it('count a right answer by another way as right', async () => {
    const { skills } = worldById('A');
    const reply = await rulesTeacher('A').judge({ question: '24 times 7', response: '24*7=168#168', skills });
    expect(reply).toMatchObject({ judgedCorrect: true, missing: [] });
  });

  it('name only skills of the list they are given', async () => {
    const skills = worldById('A').skills.filter((skill) => skill.name !== 'add');
    const reply = await rulesTeacher('A').judge({ question: '24 times 7', response: '20*7=140,4*7=28,140+28=158#158', skills });
    expect(reply.missing).toEqual(['mul']);
    expect((await rulesTeacher('A').label({ question: '24 times 7', skills })).skills).toEqual(['mul']);
  });

  it('stay short whatever the response', async () => {
    const { skills } = worldById('A');
    const response = ['9', '#', '1'].map((character) => character.repeat(50_000)).join('');
    const reply = await rulesTeacher('A').judge({ question: '1+1', response, skills });
    expect(reply.reason.length).toBeLessThan(300);
  });
});

describe('questions of other kinds', () => {
  const foreign = [
    'Natalia sold clips to 48 of her friends in April.', '', '12/0', '7/2', '12/4*1', 'double 3 plus 4', 'x'.repeat(100_000),
    '1+'.repeat(5000),
  ];

  it.each(foreign.map((question) => [question.slice(0, 40), question]))('%s', async (_, question) => {
    const teacher = rulesTeacher('A');
    const { skills } = worldById('A');
    const label = await teacher.label({ question, skills });
    expect(label.skills).toEqual([]);
    expect(label.reason).toContain('knows only the built-in worlds');
    expect(await teacher.judge({ question, response: '1', skills })).toMatchObject({ judgedCorrect: false, missing: [] });
  });

  it('has no teacher for a world that is not built in', () => {
    expect(() => rulesTeacher('Z')).toThrow(/"Z"/);
    expect(() => rulesTeacher('toString')).toThrow(/"toString"/);
  });
});
