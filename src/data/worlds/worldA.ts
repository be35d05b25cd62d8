/** World A: fourteen skills, six of them rare in the student's past and just as rare in the pool it is retrained on. */

import { Random } from '../../core/random';
import type { Question, Splits, World } from '../types';
import { compose, composable, fits, heldOutPairs, seenPairs, type Pair } from './compose';
import { arithmetic } from './families/arithmetic';
import { expressions } from './families/expressions';
import { parts } from './families/parts';
import { multi } from './families/stories';
import type { Family } from './family';
import { drawFree, numbered, take, Wording, type Draft } from './rows';
import { tokenizerJson } from './tokenizer';
import type { FollowUp } from './working';

const { add, sub, mul, div } = arithmetic;
const { lin, seq, order, brac, neg } = expressions;
const { unit, frac, mod, pct } = parts;
const families = [add, sub, mul, div, lin, seq, order, multi, brac, unit, neg, frac, mod, pct];
const byName = new Map(families.map((family) => [family.name, family]));
const wording = new Wording(families);

/** Shares of the natural mix, the same for the student's past and the pool. */
const common = { add: 0.19, sub: 0.17, mul: 0.15, multi: 0.155, div: 0.11, order: 0.1, lin: 0.075, seq: 0.0375 };
const rare = { mod: 0.0035, neg: 0.0025, brac: 0.002, unit: 0.0015, frac: 0.0015, pct: 0.0015 };
const shares: Record<string, number> = { ...common, ...rare };
const mix = families.map((family) => shares[family.name]);
/** Share of composable rows that get a second part. */
const composedShare = 0.12;
const compositionTries = 400;

const sizes = {
  pool: 40_000,
  validation: { perSkill: 30, composed: 60 },
  test: { perSkill: 50, composed: 100 },
  oracle: { perSkill: 60, composed: 120 },
  composition: 200,
  perSkillOutside: 15,
};

/** Draws operands until the follow-up fits; the tightest pair needs about sixty draws. */
function composed({ skill, followUp }: Pair, random: Random): Draft | undefined {
  const family = byName.get(skill);
  for (let i = 0; family && i < compositionTries; i++) {
    const first = family.draw(random, false);
    if (!fits(followUp, Number(first.final))) continue;
    const problem = compose(first, followUp, random);
    return wording.row(skill, problem, random, problem.plain, true);
  }
  return undefined;
}

const seenFollowUps = new Map<string, FollowUp[]>(composable.map((skill) =>
  [skill, seenPairs.filter((pair) => pair.skill === skill).map((pair) => pair.followUp)]));

/** One row of the natural mix: a skill by its share, sometimes with a second part. */
function natural(random: Random): Draft | undefined {
  const family = families[random.weighted(mix)];
  const follow = seenFollowUps.get(family.name);
  return follow && random.float() < composedShare
    ? composed({ skill: family.name, followUp: random.pick(follow) }, random)
    : wording.plain(family, random);
}

/** So many questions of each skill, and composed ones over all pairs seen in training. */
function evenly(seed: number, name: 'validation' | 'test' | 'oracle', taken: Set<string>): Question[] {
  const random = new Random(seed, 'world A', name);
  return numbered(`A${seed}-${name}`, [
    ...families.flatMap((family) => take(sizes[name].perSkill, taken, () => wording.plain(family, random))),
    ...roundRobin(seenPairs, sizes[name].composed).flatMap((pair) => take(1, taken, () => composed(pair, random))),
  ]);
}

/** Everything kept from training, and the keys that must not come back in it. */
function heldBack(seed: number): { sets: Omit<Splits, 'pool'>; taken: Set<string> } {
  const taken = new Set<string>();
  const stream = (name: string) => new Random(seed, 'world A', name);
  const outside = (name: string, draw: (family: Family, random: Random) => Draft) => {
    const random = stream(name);
    return numbered(`A${seed}-${name}`,
      families.flatMap((family) => take(sizes.perSkillOutside, taken, () => draw(family, random))));
  };
  const validation = evenly(seed, 'validation', taken);
  const test = evenly(seed, 'test', taken);
  const random = stream('composition');
  const composition = numbered(`A${seed}-composition`,
    roundRobin(heldOutPairs, sizes.composition).flatMap((pair) => take(1, taken, () => composed(pair, random))));
  const larger = outside('larger', (family, draws) => {
    const problem = family.draw(draws, true);
    return wording.row(family.name, problem, draws, problem.plain);
  });
  const reworded = outside('reworded', (family, draws) => {
    const problem = family.draw(draws, false);
    return wording.row(family.name, problem, draws, problem.reworded);
  });
  return { sets: { validation, test, outOfDistribution: { composition, larger, reworded } }, taken };
}

const roundRobin = <T>(items: readonly T[], count: number): T[] =>
  Array.from({ length: count }, (_, i) => items[i % items.length]);

function training(seed: number, name: string, count: number, taken: Set<string>): Question[] {
  const random = new Random(seed, 'world A', name);
  return numbered(`A${seed}-${name}`, Array.from({ length: count }, () => drawFree(taken, () => natural(random))));
}

export const worldA: World = {
  id: 'A',
  title: 'World A: a pool as skewed as the past',
  shows: 'Six of the fourteen skills are rare in what the student has read, and just as rare in the data it can be retrained on. '
    + 'A result here shows whether picking rows by the missing skills mends what more of the same data does not.',
  cannotShow: 'That the profile itself is what helps: with so many rare skills in so short a list, taking every skill equally '
    + 'often, or following a shuffled profile, may do as well. Compare with those controls.',
  skills: families.map(({ name, description }) => ({ name, description })),
  plantedGaps: () => Object.keys(rare),
  splits(seed) {
    const { sets, taken } = heldBack(seed);
    return { pool: training(seed, 'pool', sizes.pool, taken), ...sets };
  },
  pretraining: (seed, rows) => training(seed, 'past', rows, heldBack(seed).taken),
  oracle: (seed) => evenly(seed, 'oracle', heldBack(seed).taken),
  drawLike({ skill, followUp }, random) {
    const pair = seenPairs.find((one) => one.skill === skill && one.followUp === followUp);
    const family = byName.get(skill);
    if (!family || (followUp !== undefined && !pair)) return undefined;
    return (pair ? composed(pair, random) : wording.plain(family, random))?.question;
  },
  tokenizerJson: () => tokenizerJson('A'),
};
