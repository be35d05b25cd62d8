/** Exact value of an arithmetic expression as a fraction of whole numbers, where it has one that is not too large to write. */
import { isMixed, type Expression } from './evaluate';

export interface Rational {
  above: bigint;
  /** Positive. */
  below: bigint;
}

const mostBits = 4096;
const mostFactorial = 500;

/** Undefined for variables, roots, functions, and for what would pass 4096 bits. */
export function exactRational(expression: Expression): Rational | undefined {
  if (typeof expression === 'number') return decimal(String(expression));
  if (typeof expression === 'string') return undefined;
  if (!Array.isArray(expression)) return decimal((expression as { num: string }).num);
  const [operator, ...operands] = expression as [string, ...Expression[]];
  const values: Rational[] = [];
  for (const operand of operands) {
    const value = exactRational(operand);
    if (!value) return undefined;
    values.push(value);
  }
  const [first, second] = values;
  if (first === undefined) return undefined;
  switch (operator) {
    case 'Negate':
      return { ...first, above: -first.above };
    case 'Delimiter':
      return values.length === 1 ? first : undefined;
    case 'Add':
      return fold(values, plus);
    case 'Subtract':
      return second && plus(first, { ...second, above: -second.above });
    case 'InvisibleOperator':
      if (!isMixed(operands)) return fold(values, times);
      return second && plus(first, first.above < 0n ? { ...second, above: -second.above } : second);
    case 'Multiply':
      return fold(values, times);
    case 'Divide':
    case 'Rational':
      return fold(values, (a, b) => times(a, inverse(b)));
    case 'Power':
      return second && powerOf(first, second);
    case 'Factorial':
      return factorialOf(first);
    default:
      return undefined;
  }
}

/** Equal as fractions. */
export function sameRational(a: Rational, b: Rational): boolean {
  return a.above * b.below === b.above * a.below;
}

function decimal(text: string): Rational | undefined {
  const match = /^(-?)(\d+)(?:\.(\d+))?(?:e([-+]?\d{1,3}))?$/i.exec(text);
  if (!match || text.length > 1000) return undefined;
  const [, sign, whole, part = '', exponent = '0'] = match;
  const above = BigInt(`${sign}${whole}${part}`);
  const shift = Number(exponent) - part.length;
  return bounded(shift >= 0 ? { above: above * 10n ** BigInt(shift), below: 1n } : { above, below: 10n ** BigInt(-shift) });
}

function fold(values: Rational[], combine: (a: Rational, b: Rational | undefined) => Rational | undefined): Rational | undefined {
  return values.slice(1).reduce<Rational | undefined>((sum, value) => sum && combine(sum, value), values[0]);
}

function plus(a: Rational, b: Rational | undefined): Rational | undefined {
  return b && bounded({ above: a.above * b.below + b.above * a.below, below: a.below * b.below });
}

function times(a: Rational, b: Rational | undefined): Rational | undefined {
  return b && bounded({ above: a.above * b.above, below: a.below * b.below });
}

function inverse(a: Rational | undefined): Rational | undefined {
  if (!a || a.above === 0n) return undefined;
  return a.above < 0n ? { above: -a.below, below: -a.above } : { above: a.below, below: a.above };
}

function powerOf(a: Rational, b: Rational): Rational | undefined {
  if (b.below !== 1n || b.above > 4096n || b.above < -4096n) return undefined;
  const base = b.above < 0n ? inverse(a) : a;
  const exponent = b.above < 0n ? -b.above : b.above;
  if (!base || bits(base.above) * Number(exponent) > mostBits || bits(base.below) * Number(exponent) > mostBits) return undefined;
  return { above: base.above ** exponent, below: base.below ** exponent };
}

function factorialOf(a: Rational): Rational | undefined {
  if (a.below !== 1n || a.above < 0n || a.above > BigInt(mostFactorial)) return undefined;
  let product = 1n;
  for (let k = 2n; k <= a.above; k++) product *= k;
  return bounded({ above: product, below: 1n });
}

function bounded(value: Rational): Rational | undefined {
  return bits(value.above) > mostBits || bits(value.below) > mostBits ? undefined : value;
}

function bits(value: bigint): number {
  return value.toString(16).length * 4;
}
