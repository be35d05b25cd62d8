/** How the built-in worlds write arithmetic down: one step is `left=right` and carries the operation it practises. */

export type Operation = 'add' | 'sub' | 'mul' | 'div';

export interface Step {
  left: string;
  right: string;
  /** Absent where the step is no arithmetic operation of its own (comparing, rounding). */
  operation?: Operation;
}

export const sum = (a: number, b: number): Step => ({ left: `${a}+${b}`, right: `${a + b}`, operation: 'add' });
export const difference = (a: number, b: number): Step => ({ left: `${a}-${b}`, right: `${a - b}`, operation: 'sub' });
export const product = (a: number, b: number): Step => ({ left: `${a}*${b}`, right: `${a * b}`, operation: 'mul' });
/** `a` must be a multiple of `b`. */
export const quotient = (a: number, b: number): Step => ({ left: `${a}/${b}`, right: `${a / b}`, operation: 'div' });

/** 24*7 as tens and units: `20*7=140,4*7=28,140+28=168`; a single step where there is nothing to split. */
export function productByTens(a: number, b: number): Step[] {
  const units = a % 10;
  const tens = a - units;
  if (tens === 0 || units === 0) return [product(a, b)];
  return [product(tens, b), product(units, b), sum(tens * b, units * b)];
}

/** 168/7 as tens and units of the quotient: `140/7=20,28/7=4,20+4=24`. `a` must be a multiple of `b`. */
export function quotientByTens(a: number, b: number): Step[] {
  const result = a / b;
  const units = result % 10;
  const tens = result - units;
  if (tens === 0 || units === 0) return [quotient(a, b)];
  return [quotient(tens * b, b), quotient(units * b, b), sum(tens, units)];
}

/** The three ways a question may go on from the value `v` of its first part. */
export const followUps = ['add', 'take', 'times'] as const;
export type FollowUp = (typeof followUps)[number];

export function followUpSteps(followUp: FollowUp, v: number, n: number): Step[] {
  if (followUp === 'add') return [sum(v, n)];
  if (followUp === 'take') return [difference(v, n)];
  return productByTens(v, n);
}

/** The value a step reaches. */
export const valueOf = (steps: readonly Step[]): number => Number(steps[steps.length - 1].right);

/** Steps joined by commas, then `#` and the final answer. */
export const written = (steps: readonly Step[], final: string): string =>
  `${steps.map((step) => `${step.left}=${step.right}`).join(',')}#${final}`;
