/** World B1: twenty-four skills, an even pool, and five gaps that differ from student to student. */

import { Random } from '../../core/random';
import type { Question, Splits, World } from '../types';
import { arithmetic } from './families/arithmetic';
import { everyday } from './families/everyday';
import { expressions } from './families/expressions';
import { parts } from './families/parts';
import { multi } from './families/stories';
import type { Family } from './family';
import { drawFree, numbered, take, Wording } from './rows';
import { tokenizerJson } from './tokenizer';

const { add, sub, mul } = arithmetic;
const { lin, seq, order, brac, neg } = expressions;
const { unit, frac, pct } = parts;
const families: Family[] = [add, sub, mul, lin, seq, order, multi, brac, unit, neg, frac, pct, ...Object.values(everyday)];
const wording = new Wording(families);

/** Never gaps: almost every other skill is built on them. */
const foundations = ['add', 'sub', 'mul'];
const gapCount = 5;
/** Share of the student's past that each gap skill gets. */
const gapShare = 0.001;
/** How often the other skills occur relative to one another (1 where not named). */
const emphasis: Record<string, number> = { add: 1.5, sub: 1.8, mul: 2, multi: 1.3, lin: 1.3 };

const perSkill = { validation: 20, test: 50, oracle: 60, pool: 500 };

function gaps(seed: number): string[] {
  const candidates = families.map((family) => family.name).filter((name) => !foundations.includes(name));
  return new Random(seed, 'world B1', 'gaps').shuffle(candidates).slice(0, gapCount).sort();
}

/** Shares of the student's past, one a family. */
function pastMix(seed: number): number[] {
  const rare = new Set(gaps(seed));
  const weights = families.map(({ name }) => (rare.has(name) ? 0 : emphasis[name] ?? 1));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => (weight ? weight / total * (1 - gapCount * gapShare) : gapShare));
}

function evenly(seed: number, name: 'validation' | 'test' | 'oracle', taken: Set<string>): Question[] {
  const random = new Random(seed, 'world B1', name);
  return numbered(`B${seed}-${name}`,
    families.flatMap((family) => take(perSkill[name], taken, () => wording.plain(family, random))));
}

function heldBack(seed: number): { sets: Omit<Splits, 'pool'>; taken: Set<string> } {
  const taken = new Set<string>();
  const [validation, test] = [evenly(seed, 'validation', taken), evenly(seed, 'test', taken)];
  return { sets: { validation, test, outOfDistribution: {} }, taken };
}

export const worldB1: World = {
  id: 'B1',
  title: 'World B1: an even pool, gaps of one’s own',
  shows: 'Each student lacks five other skills out of twenty-four, and the pool holds every skill equally often. '
    + 'A result here shows whether the right profile beats a shuffled one, and how far it moves the missing skills.',
  cannotShow: 'Much of a gain on the mean: plain fine-tuning already sees every skill, and what missing skills win is partly '
    + 'paid for with known ones. Nor that naming skills beats picking the nearest questions.',
  skills: families.map(({ name, description }) => ({ name, description })),
  plantedGaps: gaps,
  splits(seed) {
    const { sets, taken } = heldBack(seed);
    const random = new Random(seed, 'world B1', 'pool');
    const drafts = families.flatMap((family) =>
      Array.from({ length: perSkill.pool }, () => drawFree(taken, () => wording.plain(family, random))));
    return { pool: numbered(`B${seed}-pool`, drafts), ...sets };
  },
  pretraining(seed, rows) {
    const { taken } = heldBack(seed);
    const [random, mix] = [new Random(seed, 'world B1', 'past'), pastMix(seed)];
    return numbered(`B${seed}-past`, Array.from({ length: rows }, () => {
      // The skill is drawn once a row, so that small families keep their share although part of them is held back.
      const family = families[random.weighted(mix)];
      return drawFree(taken, () => wording.plain(family, random));
    }));
  },
  oracle: (seed) => evenly(seed, 'oracle', heldBack(seed).taken),
  drawLike({ skill, followUp }, random) {
    const family = families.find(({ name }) => name === skill);
    return family && followUp === undefined ? wording.plain(family, random).question : undefined;
  },
  tokenizerJson: () => tokenizerJson('B1'),
};
