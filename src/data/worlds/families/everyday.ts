/** The twelve further skills of world B1. Their questions have no out-of-distribution range, so `larger` is not read. */

import type { Random } from '../../../core/random';
import { problem, type Family } from '../family';
import { difference, product, quotient, sum, type Step } from '../working';
import { nouns } from './stories';

const twoDigits = (random: Random): number => random.between(11, 99);

const dbl: Family = {
  name: 'dbl',
  description: 'Doubling, then adding',
  draw(random) {
    const [a, b] = [random.between(11, 59), random.between(11, 49)];
    const expression = `double ${a} plus ${b}`;
    return problem(`${a},${b}`, [sum(a, a), sum(a + a, b)], [expression, `what is ${expression}`]);
  },
};

const half: Family = {
  name: 'half',
  description: 'Halving, then adding',
  draw(random) {
    const [h, b] = [random.between(6, 49), random.between(11, 49)];
    const expression = `half of ${2 * h} plus ${b}`;
    return problem(`${h},${b}`, [quotient(2 * h, 2), sum(h, b)], [expression, `work out ${expression}`]);
  },
};

/** `best` compares left to right: `51:56=56,56:40=56`. */
function extreme(name: string, word: string, best: (a: number, b: number) => number): Family {
  return {
    name,
    description: `Finding the ${word} of three numbers`,
    draw(random) {
      const a = twoDigits(random);
      const b = distinct(random, [a]);
      const c = distinct(random, [a, b]);
      const kept = best(a, b);
      const steps: Step[] = [
        { left: `${a}:${b}`, right: `${kept}` },
        { left: `${kept}:${c}`, right: `${best(kept, c)}` },
      ];
      const expression = `${word} of ${a},${b},${c}`;
      return problem(`${a},${b},${c}`, steps, [expression, `find ${expression}`]);
    },
  };
}

/** A two-digit number other than those given, in one draw. */
function distinct(random: Random, others: number[]): number {
  let n = random.between(11, 99 - others.length);
  for (const other of [...others].sort((x, y) => x - y)) if (n >= other) n++;
  return n;
}

const round: Family = {
  name: 'round',
  description: 'Rounding to the nearest ten, halves up',
  draw(random) {
    const n = 10 * random.between(11, 98) + random.between(1, 9);
    const step = { left: `${n}`, right: `${10 * Math.floor((n + 5) / 10)}` };
    return problem(`${n}`, [step], [`round ${n} to tens`, `${n} rounded to tens`]);
  },
};

const avg: Family = {
  name: 'avg',
  description: 'The average of two numbers',
  draw(random) {
    const a = random.between(11, 89);
    // Both odd or both even, so that the average is whole.
    const b = a % 2 + 2 * random.between(6 - a % 2, 44);
    const expression = `average of ${a} and ${b}`;
    return problem(`${a},${b}`, [sum(a, b), quotient(a + b, 2)], [expression, `find ${expression}`]);
  },
};

const dsum: Family = {
  name: 'dsum',
  description: 'The sum of the digits of a number',
  draw(random) {
    const [a, b, c] = [random.between(1, 9), random.below(10), random.between(1, 9)];
    const expression = `digit sum of ${a}${b}${c}`;
    return problem(`${a}${b}${c}`, [sum(a, b), sum(a + b, c)], [expression, `find ${expression}`]);
  },
};

const clock: Family = {
  name: 'clock',
  description: 'Telling the time some hours later on a twelve-hour clock',
  draw(random) {
    const [h, start, minutes] = [random.between(2, 11), random.between(1, 12), String(5 * random.below(12)).padStart(2, '0')];
    const later = h + start;
    const steps = later > 12 ? [sum(start, h), difference(later, 12)] : [sum(start, h)];
    const expression = `${h} h after ${start}:${minutes}`;
    const asked = problem(expression, steps, [expression, `what is ${expression}`]);
    return { ...asked, final: `${asked.final}:${minutes}` };
  },
};

const sq: Family = {
  name: 'sq',
  description: 'Squaring, then adding',
  draw(random) {
    const [n, b] = [random.between(3, 15), random.between(11, 49)];
    const expression = `${n} squared plus ${b}`;
    return problem(`${n},${b}`, [product(n, n), sum(n * n, b)], [expression, `work out ${expression}`]);
  },
};

const peri: Family = {
  name: 'peri',
  description: 'The perimeter of a rectangle',
  draw(random) {
    const [a, b] = [random.between(11, 49), random.between(11, 49)];
    const expression = `perimeter ${a} by ${b}`;
    return problem(`${a},${b}`, [sum(a, b), sum(a + b, a + b)], [expression, `find ${expression}`]);
  },
};

const change: Family = {
  name: 'change',
  description: 'The change after paying for several things',
  draw(random) {
    const [n, price, noun] = [random.between(2, 9), random.between(2, 9), random.pick(nouns)];
    const cost = n * price;
    const paid = 10 * (Math.floor(cost / 10) + random.between(1, 3));
    const bought = `${n} ${noun} at ${price}`;
    return problem(`${n},${price},${paid}`, [product(n, price), difference(paid, cost)],
      [`${bought}, pay ${paid}. change?`, `pay ${paid}, ${bought}. change?`]);
  },
};

const rev: Family = {
  name: 'rev',
  description: 'Writing the digits of a number backwards',
  draw(random) {
    const [a, b, c] = [random.between(1, 9), random.below(10), random.between(1, 9)];
    const step = { left: `${a}${b}${c}`, right: `${c}${b}${a}` };
    return problem(step.left, [step], [`reverse ${step.left}`, `${step.left} in reverse`]);
  },
};

export const everyday = {
  dbl, half, max: extreme('max', 'largest', Math.max), min: extreme('min', 'smallest', Math.min),
  round, avg, dsum, clock, sq, peri, change, rev,
};
