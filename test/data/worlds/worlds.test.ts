/** The built-in worlds: sizes, splits that share nothing, right answers, and the same rows for the same seed. */

import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { worldById, worlds } from '../../../src/data/worlds';
import type { Question, Splits } from '../../../src/data/types';
import { cpuTime } from '../../cpuTime';

const seeds = [0, 1, 2];
const pastRows = 20_000;

const sets = ({ pool, validation, test, outOfDistribution }: Splits): Record<string, Question[]> =>
  ({ pool, validation, test, ...outOfDistribution });
const sizes = (splits: Splits) => Object.fromEntries(Object.entries(sets(splits)).map(([name, rows]) => [name, rows.length]));
const texts = (rows: Question[]): Set<string> => new Set(rows.map((row) => row.question));
const counts = (rows: Question[]): Record<string, number> => {
  const found: Record<string, number> = {};
  for (const { skills: [main] } of rows) found[main] = (found[main] ?? 0) + 1;
  return found;
};
const fingerprint = (rows: Question[]): string => createHash('sha256').update(JSON.stringify(rows)).digest('hex').slice(0, 16);

/** A row's working, checked by arithmetic alone: each step true, the last step or its digits in the final answer. */
function trueWorking(answer: string): boolean {
  const [working, final] = answer.split('#');
  const steps = working.split(',');
  const right = steps.every((step) => {
    const [left, value] = step.split('=');
    const [, a, sign, b] = /^(\d+)([-+*/])(\d+)$/.exec(left) ?? [];
    if (sign === undefined) return true;
    const [x, y] = [Number(a), Number(b)];
    return Number(value) === { '+': x + y, '-': x - y, '*': x * y, '/': x / y }[sign];
  });
  return right && final.replace(/^-/, '').replace(/:\d\d$/, '') === steps[steps.length - 1].split('=')[1];
}

describe.each(worlds)('world $id', (world) => {
  describe.each(seeds)('seed %i', (seed) => {
    const splits = world.splits(seed);
    const past = world.pretraining(seed, pastRows);

    it('shares no question text between splits, and none of the kept-back ones with the past', () => {
      const entries = Object.entries(sets(splits)).map(([name, rows]) => [name, texts(rows)] as const);
      for (const [name, own] of entries) {
        for (const [other, theirs] of entries) {
          if (name !== other) expect([...own].filter((text) => theirs.has(text)), `${name} and ${other}`).toEqual([]);
        }
      }
      const pastTexts = texts(past);
      for (const [name, rows] of Object.entries(sets(splits))) {
        if (name !== 'pool') expect(rows.filter((row) => pastTexts.has(row.question)), name).toEqual([]);
      }
    });

    it('works every answer out truly, in short rows', () => {
      for (const { question, answer } of [...Object.values(sets(splits)).flat(), ...past]) {
        if (!trueWorking(answer) || question.length >= 48 || answer.length >= 64) expect.fail(`${question} -> ${answer}`);
      }
    });

    it('gives every row its own id and one to five skills of the list', () => {
      const rows = [...Object.values(sets(splits)).flat(), ...past];
      const known = new Set(world.skills.map((skill) => skill.name));
      expect(new Set(rows.map((row) => row.id)).size).toBe(rows.length);
      for (const { skills } of rows) {
        if (skills.length < 1 || skills.length > 5 || !skills.every((skill) => known.has(skill))) expect.fail(skills.join());
        if (new Set(skills).size !== skills.length) expect.fail(skills.join());
      }
    });

    it('asks no evaluation question twice', () => {
      for (const [name, rows] of Object.entries(sets(splits))) {
        if (name !== 'pool') expect(texts(rows).size, name).toBe(rows.length);
      }
    });
  });

  it('makes the splits in under two seconds and 128,000 past rows in a few', () => {
    const start = cpuTime();
    world.splits(5);
    const between = cpuTime();
    world.pretraining(5, 128_000);
    expect(between - start).toBeLessThan(2000);
    expect(cpuTime() - between).toBeLessThan(6000);
  });

  it('differs from seed to seed', () => {
    expect(fingerprint(world.splits(0).test)).not.toBe(fingerprint(world.splits(1).test));
  });
});

describe('world A', () => {
  const world = worldById('A');
  const splits = world.splits(0);

  it('has fourteen skills and the sizes of its recipe', () => {
    expect(world.skills).toHaveLength(14);
    expect(sizes(splits)).toEqual({ pool: 40_000, validation: 480, test: 800, composition: 200, larger: 210, reworded: 210 });
  });

  it('asks each skill equally often when evaluating, and composed questions besides', () => {
    const plain = (rows: Question[]) => rows.filter((row) => !row.question.includes(', then '));
    expect(plain(splits.validation)).toHaveLength(420);
    expect(plain(splits.test)).toHaveLength(700);
    for (const [rows, each] of [[splits.validation, 30], [splits.test, 50]] as const) {
      expect(Object.values(counts(plain(rows)))).toEqual(Array(14).fill(each));
    }
    for (const name of ['larger', 'reworded']) {
      expect(Object.values(counts(splits.outOfDistribution[name]))).toEqual(Array(14).fill(15));
    }
  });

  it('never trains on a held-out pair of skill and follow-up', () => {
    const pair = ({ question, skills }: Question) => {
      const follow = /, then (\w+) /.exec(question);
      return follow ? [`${skills[0]} ${follow[1]}`] : [];
    };
    const unseen = new Set(splits.outOfDistribution.composition.flatMap(pair));
    expect(unseen.size).toBe(10);
    const trained = new Set([...splits.pool, ...world.pretraining(0, pastRows), ...splits.test].flatMap(pair));
    expect([...trained].filter((name) => unseen.has(name))).toEqual([]);
    expect(trained.size).toBe(20);
  });

  it('draws pool and past from one mix in which six skills are rare', () => {
    const rare = world.plantedGaps(0);
    expect(rare.sort()).toEqual(['brac', 'frac', 'mod', 'neg', 'pct', 'unit']);
    for (const rows of [splits.pool, world.pretraining(0, 40_000)]) {
      const found = counts(rows);
      const share = rare.reduce((sum, skill) => sum + found[skill], 0) / rows.length;
      expect(share).toBeGreaterThan(0.009);
      expect(share).toBeLessThan(0.014);
      expect(found.add / rows.length).toBeCloseTo(0.2, 1);
    }
    expect(splits.pool.reduce((sum, row) => sum + row.skills.length, 0) / splits.pool.length).toBeCloseTo(2, 1);
  });

  it('gives these rows for seed 0, for ever', () => {
    expect(Object.fromEntries(Object.entries({ ...sets(splits), past: world.pretraining(0, 1000) })
      .map(([name, rows]) => [name, fingerprint(rows.slice(0, 200))]))).toEqual(goldenA);
  });
});

describe('world B1', () => {
  const world = worldById('B1');

  it('has twenty-four skills, each equally often in every split', () => {
    const { pool, validation, test, outOfDistribution } = world.splits(0);
    expect(world.skills).toHaveLength(24);
    expect(outOfDistribution).toEqual({});
    expect(Object.values(counts(pool))).toEqual(Array(24).fill(500));
    expect(Object.values(counts(validation))).toEqual(Array(24).fill(20));
    expect(Object.values(counts(test))).toEqual(Array(24).fill(50));
  });

  it.each(seeds)('plants five gaps for seed %i, none of them add, sub or mul, at a thousandth each', (seed) => {
    const gaps = world.plantedGaps(seed);
    expect(new Set(gaps).size).toBe(5);
    expect(gaps.filter((name) => ['add', 'sub', 'mul'].includes(name))).toEqual([]);
    const found = counts(world.pretraining(seed, 128_000));
    for (const { name } of world.skills) {
      if (gaps.includes(name)) expect(Math.abs(found[name] - 128), name).toBeLessThan(48);
      else expect(found[name], name).toBeGreaterThan(5000);
    }
  });

  it('gives different students different gaps', () => {
    expect(new Set(seeds.map((seed) => world.plantedGaps(seed).join())).size).toBe(seeds.length);
  });

  it('gives these rows for seed 0, for ever', () => {
    expect(Object.fromEntries(Object.entries({ ...sets(world.splits(0)), past: world.pretraining(0, 1000) })
      .map(([name, rows]) => [name, fingerprint(rows.slice(0, 200))]))).toEqual(goldenB1);
  });
});

it('names the worlds it has when asked for another', () => {
  expect(() => worldById('C')).toThrow(/"C"/);
});

const goldenA = {
  pool: 'aca05ad467f5e986',
  validation: '259f0c98d6d61c55',
  test: '4e4a8a98e0f44838',
  composition: 'dad5b833c55fb665',
  larger: '5cb0f934981eec17',
  reworded: '4754dc46f5f22198',
  past: '0d297334ea5e3562',
};
const goldenB1 = {
  pool: 'f494a51527a9ec50',
  validation: 'ba3d4613d0e8ae1b',
  test: '53495aaddf4866a6',
  past: 'c2cb877b06565f7e',
};
