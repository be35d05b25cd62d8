/** Readings of questions told in words: stories, units, fractions, remainders, percentages. */

import { difference, product, quotient, sum, type Step } from '../../data/worlds/working';
import { reading, solved, type Reading } from './reading';

/** What a story's verb does to the count; other verbs are not understood. */
const effect: Record<string, (a: number, b: number) => Step> = {
  buys: sum, gets: sum, finds: sum, loses: difference, sells: difference, uses: difference,
};
const smallerUnits: Record<string, number> = { 'm cm': 100, 'h min': 60, 'kg g': 1000 };

/** `words` are the two verbs of a story. */
function story([a, b, c]: number[], [first, second]: string[]) {
  const [one, two] = [effect[first], effect[second]];
  if (!one || !two) return undefined;
  const step = one(a, b);
  return solved(step, two(Number(step.right), c));
}

function boxes([x, y, z]: number[], [verb]: string[]) {
  const last = effect[verb];
  return last && solved(product(x, y), last(x * y, z));
}

function measure([n, u]: number[], [large, small, asked]: string[]) {
  const factor = smallerUnits[`${large} ${small}`];
  return factor && asked === small ? solved(product(n, factor), sum(n * factor, u)) : undefined;
}

const remainder = ([a, b]: number[]) => {
  if (b === 0) return undefined;
  const times = Math.floor(a / b);
  return solved(product(b, times), difference(a, b * times));
};

/** Tenths of a number: 30% of 80 is 80/10*3. `then` goes on from the part. */
const percent = (tens: number, whole: number, then?: (a: number, b: number) => Step) => {
  if (whole % 10) return undefined;
  const part = whole / 10 * tens;
  const share = [quotient(whole, 10), product(whole / 10, tens)];
  return solved(...share, ...(then ? [then(whole, part)] : []));
};

export const inWords: Reading[] = [
  reading('multi', '[a-z]+ has N [a-z]+, W N, W N\\. left\\?', story),
  reading('multi', '[a-z]+: N [a-z]+\\. W N\\. W N\\. left\\?', story),
  reading('multi', '[a-z]+ has N boxes of N [a-z]+, W N\\. left\\?', boxes),
  reading('multi', '[a-z]+: N boxes of N [a-z]+\\. W N\\. left\\?', boxes),
  reading('unit', 'N W N W in W', measure),
  reading('unit', 'W in N W N W', (numbers, [asked, large, small]) => measure(numbers, [large, small, asked])),
  reading('frac', 'N/N (?:of|times) N', ([n, d, whole]) =>
    (d > 0 && whole % d === 0 ? solved(quotient(whole, d), product(whole / d, n)) : undefined)),
  reading('mod', 'N mod N|remainder of N(?:/| divided by )N', remainder),
  reading('pct', 'N0% of N', ([tens, whole]) => percent(tens, whole)),
  reading('pct', 'N plus N0%', ([whole, tens]) => percent(tens, whole, sum)),
  reading('pct', 'add N0% and N', ([tens, whole]) => percent(tens, whole, sum)),
  reading('pct', 'N minus N0%', ([whole, tens]) => percent(tens, whole, difference)),
  reading('pct', 'take N0% from N', ([tens, whole]) => percent(tens, whole, difference)),
];
