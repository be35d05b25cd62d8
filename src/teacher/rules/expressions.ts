/** Readings of questions written as expressions: operations, unknowns, sequences, brackets, numbers below zero. */

import { difference, product, productByTens, quotient, quotientByTens, sum } from '../../data/worlds/working';
import { reading, solved, type Reading } from './reading';

/** `a-b` is a subtraction where the answer stays above zero. */
const taking = (a: number, b: number) => (a >= b ? solved(difference(a, b)) : undefined);
const takingBelow = (a: number, b: number) => (a < b ? { steps: [difference(b, a)], final: `-${b - a}` } : undefined);
const sequence = (p: number, q: number, r: number) =>
  (q >= p ? solved(difference(q, p), sum(r, q - p)) : solved(difference(p, q), difference(r, p - q)));
const dividing = (a: number, b: number) => (b > 0 && a % b === 0 ? solved(...quotientByTens(a, b)) : undefined);

export const expressions: Reading[] = [
  reading('add', 'N\\+N|add N and N', ([a, b]) => solved(sum(a, b))),
  reading('sub', 'N-N', ([a, b]) => taking(a, b)),
  reading('sub', 'take N from N', ([b, a]) => taking(a, b)),
  reading('neg', 'N-N', ([a, b]) => takingBelow(a, b)),
  reading('neg', 'take N from N', ([b, a]) => takingBelow(a, b)),
  reading('neg', '-N-N', ([a, b]) => ({ steps: [sum(a, b)], final: `-${a + b}` })),
  reading('neg', '-N\\+N', ([a, b]) => (a > b
    ? { steps: [difference(a, b)], final: `-${a - b}` }
    : solved(difference(b, a)))),
  reading('mul', 'N\\*N|N times N', ([a, b]) => solved(...productByTens(a, b))),
  reading('div', 'N/N|N divided by N', ([a, b]) => dividing(a, b)),
  reading('lin', '(?:find x: )?(?:x\\+N=N|N\\+x=N)', ([k, c]) => solved(difference(c, k))),
  reading('lin', '(?:find x: )?x-N=N', ([k, c]) => solved(sum(c, k))),
  reading('lin', 'N=x-N', ([c, k]) => solved(sum(c, k))),
  reading('lin', '(?:find x: )?Nx=N', ([k, c]) => (k > 0 && c % k === 0 ? solved(quotient(c, k)) : undefined)),
  reading('lin', 'N=Nx', ([c, k]) => (k > 0 && c % k === 0 ? solved(quotient(c, k)) : undefined)),
  reading('seq', 'N,N,N,\\?|next: N,N,N', ([p, q, r]) => sequence(p, q, r)),
  reading('order', 'N\\+N\\*N|add N and N\\*N', ([a, b, c]) => solved(product(b, c), sum(a, b * c))),
  reading('order', 'N\\*N\\+N|add N\\*N and N', ([b, c, a]) => solved(product(b, c), sum(b * c, a))),
  reading('order', 'N-N\\*N', ([a, b, c]) => solved(product(b, c), difference(a, b * c))),
  reading('order', 'take N\\*N from N', ([b, c, a]) => solved(product(b, c), difference(a, b * c))),
  reading('brac', '\\(N\\+N\\)(?:\\*| times )N', ([a, b, c]) => solved(sum(a, b), product(a + b, c))),
  reading('brac', 'N\\*\\(N\\+N\\)', ([c, a, b]) => solved(sum(a, b), product(a + b, c))),
  reading('brac', '\\(N-N\\)(?:\\*| times )N', ([a, b, c]) => solved(difference(a, b), product(a - b, c))),
  reading('brac', 'N\\*\\(N-N\\)', ([c, a, b]) => solved(difference(a, b), product(a - b, c))),
];
