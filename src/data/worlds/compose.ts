/** Questions in two parts: `12*4, then add 17`. A third of the (skill, follow-up) pairs are held out of all training. */

import type { Random } from '../../core/random';
import type { Problem } from './family';
import { followUps, followUpSteps, type FollowUp } from './working';

/** Skills whose answer a follow-up may go on from. */
export const composable = ['mul', 'div', 'lin', 'seq', 'order', 'brac', 'neg', 'frac', 'mod', 'pct'];

export interface Pair {
  skill: string;
  followUp: FollowUp;
}

const heldOut = (skill: number, followUp: number): boolean => (skill + followUp) % 3 === 0;

const pairs = (held: boolean): Pair[] => composable.flatMap((skill, i) =>
  followUps.filter((_, j) => heldOut(i, j) === held).map((followUp) => ({ skill, followUp })));

export const seenPairs = pairs(false);
export const heldOutPairs = pairs(true);

/** Whether a follow-up fits a first value: sums stay readable, differences above zero, products within the tables practised. */
export function fits(followUp: FollowUp, v: number): boolean {
  if (followUp === 'add') return v >= 0 && v <= 99;
  if (followUp === 'take') return v >= 8 && v <= 99;
  return v >= 2 && v <= 69;
}

/** The problem with one more part; the caller has checked `fits`. Composed questions are never reworded. */
export function compose(first: Problem, followUp: FollowUp, random: Random): Problem {
  const v = Number(first.final);
  const [low, high] = { add: [11, 49], take: [3, Math.min(60, v - 1)], times: [2, 9] }[followUp];
  const second = random.between(low, high);
  const steps = followUpSteps(followUp, v, second);
  return {
    operands: `${first.operands}|${followUp},${second}`,
    plain: first.plain.map((text) => `${text}, then ${followUp} ${second}`),
    reworded: [],
    steps: [...first.steps, ...steps],
    final: steps[steps.length - 1].right,
  };
}
