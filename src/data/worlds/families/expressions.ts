/** Longer expressions: unknowns, sequences, order of operations, brackets, numbers below zero. */

import type { Random } from '../../../core/random';
import { problem, type Family, type Problem } from '../family';
import { difference, product, quotient, sum, type Step } from '../working';

function unknown(operands: string, step: Step, equation: string, turned: string): Problem {
  return problem(operands, [step], [equation, `solve ${equation}`], [turned, `find x: ${equation}`]);
}

const lin: Family = {
  name: 'lin',
  description: 'Finding x in an equation by the inverse operation',
  draw(random, larger) {
    const form = random.float();
    if (form < 0.2) {
      const [k, x] = [random.between(2, 9), larger ? random.between(10, 12) : random.between(2, 9)];
      return unknown(`*,${k},${x}`, quotient(k * x, k), `${k}x=${k * x}`, `${k * x}=${k}x`);
    }
    const minus = form < 0.6;
    // x-k must stay above zero, so x starts where a k fits below it.
    const x = larger ? random.between(60, 85) : random.between(minus ? 13 : 11, 59);
    const k = random.between(11, minus ? Math.min(49, x - 2) : 49);
    return minus
      ? unknown(`-,${x},${k}`, sum(x - k, k), `x-${k}=${x - k}`, `${x - k}=x-${k}`)
      : unknown(`+,${x},${k}`, difference(x + k, k), `x+${k}=${x + k}`, `${k}+x=${x + k}`);
  },
};

const seq: Family = {
  name: 'seq',
  description: 'Finding the next number of an even sequence',
  draw(random, larger) {
    const [d, a] = [random.between(2, 12), larger ? random.between(41, 70) : random.between(3, 40)];
    const falls = random.float() < 0.3;
    const [p, q, r] = falls ? [a + 3 * d, a + 2 * d, a + d] : [a, a + d, a + 2 * d];
    const steps = falls ? [difference(p, q), difference(r, d)] : [difference(q, p), sum(r, d)];
    return problem(`${p},${q}`, steps, [`${p},${q},${r},?`, `next: ${p},${q},${r}`],
      [`find next: ${p},${q},${r}`, `what is next: ${p},${q},${r}`]);
  },
};

const order: Family = {
  name: 'order',
  description: 'Knowing that a product comes before a sum or a difference',
  draw(random, larger) {
    const [form, b, c] = [random.below(3), random.between(2, 9), random.between(2, 9)];
    const [p, shift] = [b * c, larger ? 20 : 0];
    const a = form === 2 ? p + random.between(2, 20) + shift : larger ? random.between(41, 70) : random.between(3, 40);
    const [expression, inWords, last] = [
      [`${a}+${b}*${c}`, `add ${a} and ${b}*${c}`, sum(a, p)] as const,
      [`${b}*${c}+${a}`, `add ${b}*${c} and ${a}`, sum(p, a)] as const,
      [`${a}-${b}*${c}`, `take ${b}*${c} from ${a}`, difference(a, p)] as const,
    ][form];
    return problem(`${form},${a},${b},${c}`, [product(b, c), last], [expression, `work out ${expression}`],
      [`what is ${expression}`, inWords]);
  },
};

const brac: Family = {
  name: 'brac',
  description: 'Working out a bracket first',
  draw(random, larger) {
    const [m, c] = [larger ? random.between(10, 12) : random.between(3, 9), random.between(2, 9)];
    const [inner, front] = [bracketOf(m, random), random.below(2) === 0];
    const bracket = `(${inner.left})`;
    const expression = front ? `${bracket}*${c}` : `${c}*${bracket}`;
    return problem(expression, [inner, product(m, c)], [expression, `work out ${expression}`],
      [`what is ${expression}`, front ? `${bracket} times ${c}` : `find ${expression}`]);
  },
};

function bracketOf(m: number, random: Random): Step {
  if (random.below(2)) {
    const b = random.between(2, 15);
    return difference(m + b, b);
  }
  const a = random.between(1, m - 1);
  return sum(a, m - a);
}

const neg: Family = {
  name: 'neg',
  description: 'Sums and differences with numbers below zero',
  draw(random, larger) {
    const [low, high] = larger ? [60, 89] : [11, 59];
    const a = random.between(low, high - 1);
    const b = random.between(a + 1, high);
    const form = random.below(4);
    const expression = [`${a}-${b}`, `-${a}-${b}`, `-${a}+${b}`, `-${b}+${a}`][form];
    const step = form === 1 ? sum(a, b) : difference(b, a);
    return {
      ...problem(expression, [step], [expression, `what is ${expression}`],
        [`find ${expression}`, form === 0 ? `take ${b} from ${a}` : `solve ${expression}`]),
      final: form === 2 ? step.right : `-${step.right}`,
    };
  },
};

export const expressions = { lin, seq, order, brac, neg };
