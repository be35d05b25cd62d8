/** Readings of the further skills of world B1. */

import { difference, product, quotient, sum, type Step } from '../../data/worlds/working';
import { reading, solved, type Reading } from './reading';

function extreme([a, b, c]: number[], best: (a: number, b: number) => number) {
  const kept = best(a, b);
  const compare = (x: number, y: number): Step => ({ left: `${x}:${y}`, right: `${best(x, y)}` });
  return solved(compare(a, b), compare(kept, c));
}

const rounded = ([n]: number[]) => solved({ left: `${n}`, right: `${Math.round(n / 10) * 10}` });

function digitSum([n]: number[]) {
  const [a, b, c] = [...String(n)].map(Number);
  return c === undefined ? undefined : solved(sum(a, b), sum(a + b, c));
}

function later([h, start]: number[], [minutes]: string[]) {
  const time = start + h;
  const steps = time > 12 ? [sum(start, h), difference(time, 12)] : [sum(start, h)];
  return { steps, final: `${steps[steps.length - 1].right}${minutes}` };
}

const shopping = (n: number, price: number, paid: number) => solved(product(n, price), difference(paid, n * price));

export const everyday: Reading[] = [
  reading('dbl', 'double N plus N', ([a, b]) => solved(sum(a, a), sum(2 * a, b))),
  reading('half', 'half of N plus N', ([a, b]) => (a % 2 ? undefined : solved(quotient(a, 2), sum(a / 2, b)))),
  reading('max', 'largest of N,N,N', (numbers) => extreme(numbers, Math.max)),
  reading('min', 'smallest of N,N,N', (numbers) => extreme(numbers, Math.min)),
  reading('round', 'round N to tens|N rounded to tens', rounded),
  reading('avg', 'average of N and N', ([a, b]) => ((a + b) % 2 ? undefined : solved(sum(a, b), quotient(a + b, 2)))),
  reading('dsum', 'digit sum of N', digitSum),
  reading('clock', 'N h after N(:\\d\\d)', later),
  reading('sq', 'N squared plus N', ([n, b]) => solved(product(n, n), sum(n * n, b))),
  reading('peri', 'perimeter N by N', ([a, b]) => solved(sum(a, b), sum(a + b, a + b))),
  reading('change', 'N [a-z]+ at N, pay N\\. change\\?', ([n, price, paid]) => shopping(n, price, paid)),
  reading('change', 'pay N, N [a-z]+ at N\\. change\\?', ([paid, n, price]) => shopping(n, price, paid)),
  reading('rev', 'reverse N|N in reverse', ([n]) => {
    const backwards = [...String(n)].reverse().join('');
    return { steps: [{ left: `${n}`, right: backwards }], final: backwards };
  }),
];
