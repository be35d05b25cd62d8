/** Parts and wholes: units, fractions, remainders, percentages. */

import { problem, type Family } from '../family';
import { difference, product, quotient, sum, type Step } from '../working';

const scales = [
  { large: 'm', small: 'cm', factor: 100 },
  { large: 'h', small: 'min', factor: 60 },
  { large: 'kg', small: 'g', factor: 1000 },
];

const unit: Family = {
  name: 'unit',
  description: 'Changing metres, hours and kilograms to the smaller unit',
  draw(random, larger) {
    const { large, small, factor } = random.pick(scales);
    const [n, u] = [larger ? random.between(10, 12) : random.between(2, 9), random.between(5, 59)];
    const measure = `${n} ${large} ${u} ${small}`;
    return problem(measure, [product(n, factor), sum(n * factor, u)], [`${measure} in ${small}`, `find ${measure} in ${small}`],
      [`what is ${measure} in ${small}`, `${small} in ${measure}`]);
  },
};

const frac: Family = {
  name: 'frac',
  description: 'Taking a fraction of a number',
  draw(random, larger) {
    const d = random.between(3, 9);
    const [n, m] = [random.between(2, d - 1), larger ? random.between(11, 14) : random.between(2, 10)];
    const of = `${n}/${d} of ${m * d}`;
    return problem(`${n},${d},${m}`, [quotient(m * d, d), product(m, n)], [of, `find ${of}`],
      [`what is ${of}`, `${n}/${d} times ${m * d}`]);
  },
};

const mod: Family = {
  name: 'mod',
  description: 'Finding the remainder of a division',
  draw(random, larger) {
    const b = random.between(3, 9);
    const a = larger ? random.between(10 * b, 13 * b - 1) : random.between(11, 10 * b - 1);
    const times = Math.floor(a / b);
    return problem(`${a},${b}`, [product(b, times), difference(a, b * times)], [`${a} mod ${b}`, `remainder of ${a}/${b}`],
      [`what is ${a} mod ${b}`, `remainder of ${a} divided by ${b}`]);
  },
};

const pct: Family = {
  name: 'pct',
  description: 'Percentages: a share of a number, or adding or taking it off',
  draw(random, larger) {
    const [p, m] = [random.between(2, 9), larger ? random.between(11, 14) : random.between(2, 10)];
    const [whole, part] = [10 * m, m * p];
    const share = [quotient(whole, 10), product(m, p)];
    const forms: [expression: string, inWords: string, steps: Step[]][] = [
      [`${p}0% of ${whole}`, `work out ${p}0% of ${whole}`, share],
      [`${whole} plus ${p}0%`, `add ${p}0% and ${whole}`, [...share, sum(whole, part)]],
      [`${whole} minus ${p}0%`, `take ${p}0% from ${whole}`, [...share, difference(whole, part)]],
    ];
    const [expression, inWords, steps] = forms[random.below(3)];
    return problem(expression, steps, [expression, `find ${expression}`], [`what is ${expression}`, inWords]);
  },
};

export const parts = { unit, frac, mod, pct };
