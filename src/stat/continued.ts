/** What a further round adds to the student it starts from, and what it costs of what was known before the first. Pure. */
import type { Interval } from '../core/intervals';
import type { Question, Response } from '../data/types';
import { inWords, pooledDifference } from './report';
import { mainSkill } from './skills';

/** One seed's answers to the same questions, in their order. */
export interface ContinuedAnswers {
  seed: number;
  questions: readonly Question[];
  /** Main skills that the untouched student lacks. */
  missingSkills: readonly string[];
  untouched: readonly Response[];
  /** The student the arm starts from, and the one it ends with. */
  from: readonly Response[];
  now: readonly Response[];
}

export interface Continued {
  arm: string;
  from: string;
  /** Over all questions, and over those of known skills: the arm minus what it starts from, shares. */
  all: Interval;
  known: Interval;
  /** Share right of the questions of known skills. */
  knownShares: { untouched: number; from: number; now: number };
  /** Questions the untouched student had right, and how many of them are wrong then. */
  had: number;
  lost: { from: number; now: number };
  words: string;
}

export function continued(arm: string, from: string, seeds: readonly ContinuedAnswers[]): Continued {
  const known = seeds.map((one) => {
    const missing = new Set(one.missingSkills);
    const at = one.questions.flatMap((question, i) => (missing.has(mainSkill(question) ?? '') ? [] : [i]));
    const only = (answers: readonly Response[]) => at.map((i) => answers[i]);
    return { seed: one.seed, untouched: only(one.untouched), from: only(one.from), now: only(one.now) };
  });
  const share = (answers: readonly (readonly Response[])[]): number => {
    const flat = answers.flat();
    return flat.filter(({ correct }) => correct).length / Math.max(1, flat.length);
  };
  const had = seeds.flatMap((one) => one.untouched.flatMap(({ correct }, i) => (correct ? [{ from: one.from[i].correct, now: one.now[i].correct }] : [])));
  const found = {
    arm, from,
    all: pooledDifference(seeds.map(({ seed, from: before, now: after }) => ({ seed, before, after }))),
    known: pooledDifference(known.map(({ seed, from: before, now: after }) => ({ seed, before, after }))),
    knownShares: { untouched: share(known.map((one) => one.untouched)), from: share(known.map((one) => one.from)), now: share(known.map((one) => one.now)) },
    had: had.length, lost: { from: had.filter((one) => !one.from).length, now: had.filter((one) => !one.now).length },
  };
  return { ...found, words: sentence(found, seeds.length) };
}

function sentence({ arm, from, all, known, knownShares, had, lost }: Omit<Continued, 'words'>, seeds: number): string {
  const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
  return `${arm} goes on from ${from}. On all test questions it is ${inWords(all, seeds)}. On those of known skills it is ${inWords(known, seeds)}: `
    + `the untouched student has ${percent(knownShares.untouched)} right, ${from} ${percent(knownShares.from)}, ${arm} ${percent(knownShares.now)}. `
    + `Of ${had} questions that were right before any training ${lost.from} are wrong after ${from} and ${lost.now} after ${arm}.`;
}
