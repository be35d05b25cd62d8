/** The four operations on their own: add, sub, mul, div. */

import { problem, type Family } from '../family';
import { difference, productByTens, quotientByTens, sum } from '../working';

const borrows = (a: number, b: number): boolean => a % 10 < b % 10;
/** Share of subtractions without a borrow that are drawn again: they are too easy. */
const easySubtractionsDropped = 0.6;
const subtractionTries = 100;

const add: Family = {
  name: 'add',
  description: 'Adding two numbers',
  draw(random, larger) {
    let [a, b] = [random.between(11, 79), random.between(11, 79)];
    if (larger) {
      [a, b] = [random.between(80, 99), random.between(11, 99)];
      if (random.below(2)) [a, b] = [b, a];
    }
    return problem(`${a},${b}`, [sum(a, b)], [`${a}+${b}`, `add ${a} and ${b}`, `what is ${a}+${b}`],
      [`find ${a}+${b}`, `solve ${a}+${b}`]);
  },
};

const sub: Family = {
  name: 'sub',
  description: 'Taking one number from a larger one, often with a borrow',
  draw(random, larger) {
    let [a, b] = [0, 0];
    for (let i = 0; i < subtractionTries; i++) {
      a = larger ? random.between(90, 99) : random.between(22, 89);
      b = random.between(11, a - 2);
      if (borrows(a, b) || random.float() >= easySubtractionsDropped) break;
    }
    return problem(`${a},${b}`, [difference(a, b)], [`${a}-${b}`, `take ${b} from ${a}`, `what is ${a}-${b}`],
      [`find ${a}-${b}`, `solve ${a}-${b}`]);
  },
};

const mul: Family = {
  name: 'mul',
  description: 'Multiplying a two-digit number by a one-digit one, tens and units apart',
  draw(random, larger) {
    const [a, b] = [larger ? random.between(70, 99) : random.between(12, 69), random.between(2, 9)];
    return problem(`${a},${b}`, productByTens(a, b), [`${a}*${b}`, `${a} times ${b}`, `what is ${a}*${b}`],
      [`what is ${a} times ${b}`, `find ${a} times ${b}`]);
  },
};

const div: Family = {
  name: 'div',
  description: 'Dividing without remainder, tens and units of the quotient apart',
  draw(random, larger) {
    const [q, b] = [larger ? random.between(40, 60) : random.between(11, 39), random.between(2, 9)];
    const a = q * b;
    return problem(`${a},${b}`, quotientByTens(a, b), [`${a}/${b}`, `${a} divided by ${b}`, `work out ${a}/${b}`],
      [`what is ${a}/${b}`, `find ${a} divided by ${b}`]);
  },
};

export const arithmetic = { add, sub, mul, div };
