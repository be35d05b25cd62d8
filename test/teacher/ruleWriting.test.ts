/** What the rule-based teacher writes: new questions of the kinds it is shown, worked out right, and answers told in other orders. */
import { describe, expect, it } from 'vitest';
import { Random } from '../../src/core/random';
import { worldById, worlds } from '../../src/data/worlds';
import { graderByName } from '../../src/grade/graders';
import { ledgerInMemory } from '../../src/teacher/ledger/ledger';
import { recordingTeacher, teacherOfLedger } from '../../src/teacher/ledger/recorded';
import { rulesTeacher } from '../../src/teacher/rules';
import { skillMap } from '../../src/stat/skills';

const grade = graderByName('final');

describe.each(worlds)('in world $id', (world) => {
  const teacher = rulesTeacher(world.id);
  const { pool } = world.splits(0);
  const carriers = skillMap(pool);
  const parentsOf = (skill: string, random: Random) => random.shuffle([...carriers.get(skill) ?? []]).slice(0, 3).map((i) => ({ question: pool[i].question, answer: pool[i].answer }));

  it('a new question carries the skill that was asked for, and is none of those shown', async () => {
    for (const skill of world.skills) {
      const random = new Random(1, skill.name);
      for (let draw = 0; draw < 5; draw++) {
        const parents = parentsOf(skill.name, random);
        const { question } = await teacher.write!({ skill, parents, draw });
        expect(parents.map((parent) => parent.question)).not.toContain(question);
        const { skills } = await teacher.label({ question, skills: world.skills });
        expect(skills, question).toContain(skill.name);
        expect(await teacher.write!({ skill, parents, draw })).toMatchObject({ question });
      }
    }
  });

  it('its solutions are judged right, and a told-anew answer ends as the pool’s does', async () => {
    const random = new Random(2, world.id);
    const differing = [0, 0, 0];
    for (let i = 0; i < 300; i++) {
      const row = random.pick(pool);
      const { answer, final } = await teacher.solve!({ question: row.question });
      expect(answer).toBe(row.answer);
      expect(answer.endsWith(`#${final}`)).toBe(true);
      for (const draw of [0, 1, 2]) {
        const told = (await teacher.rewrite!({ ...row, draw })).answer;
        expect(grade(row.answer, told).correct).toBe(true);
        for (const step of told.split('#')[0].split(',')) expect(sound(step), told).toBe(true);
        if (told !== row.answer) differing[draw]++;
      }
    }
    for (const count of differing) expect(count).toBeGreaterThan(30);
  });

  it('is recorded and replayed word for word', async () => {
    const ledger = ledgerInMemory();
    const recorded = recordingTeacher(teacher, ledger, 'p');
    const [skill] = world.skills;
    const request = { skill, parents: parentsOf(skill.name, new Random(3)), draw: 1 };
    const question = (await recorded.write!(request)).question;
    const solved = await recorded.solve!({ question, draw: 2 });
    const told = await recorded.rewrite!({ ...pool[0], draw: 1 });
    const replayed = await teacherOfLedger(ledger);
    expect((await replayed.write!(request)).question).toBe(question);
    expect(await replayed.solve!({ question, draw: 2 })).toEqual(solved);
    expect(await replayed.rewrite!({ ...pool[0], draw: 1 })).toEqual(told);
    await expect(replayed.solve!({ question, draw: 3 })).rejects.toMatchObject({ code: 'teacher-not-recorded' });
  });

  it('cannot write after questions it cannot read', async () => {
    const strange = { question: 'Who wrote Faust?', answer: 'Goethe' };
    await expect(teacher.write!({ skill: world.skills[0], parents: [strange] })).rejects.toMatchObject({ code: 'reply-empty' });
    await expect(teacher.solve!(strange)).rejects.toMatchObject({ code: 'reply-empty' });
  });
});

it('a composed question of a pair kept from training is never drawn', () => {
  const random = new Random(4);
  const drawn = ['add', 'take', 'times'].map((followUp) => worldById('A').drawLike({ skill: 'mul', followUp }, random));
  expect(drawn.filter((question) => question === undefined).length).toBe(1);
  expect(worldById('A').drawLike({ skill: 'nothing' }, random)).toBeUndefined();
});

it('the oracle’s questions are none of those measured on', () => {
  for (const world of worlds) {
    const { validation, test, outOfDistribution } = world.splits(1);
    const kept = new Set([...validation, ...test, ...Object.values(outOfDistribution).flat()].map(({ question }) => question));
    const oracle = world.oracle(1);
    expect(oracle.length).toBeGreaterThanOrEqual(60 * world.skills.length);
    expect(oracle.filter(({ question }) => kept.has(question))).toEqual([]);
  }
});

/** Where a step is plain arithmetic, its two sides are equal. */
function sound(step: string): boolean {
  const match = /^(\d+)([+*])(\d+)=(\d+)$/.exec(step);
  return !match || (match[2] === '+' ? Number(match[1]) + Number(match[3]) : Number(match[1]) * Number(match[3])) === Number(match[4]);
}
