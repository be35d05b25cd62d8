/** The value of a parsed expression at given values of its variables, in complex numbers: bounded work, whatever the expression says. */

/** MathJSON as the parser gives it. */
export type Expression = number | string | { num: string } | readonly [string, ...Expression[]];

export interface Complex {
  re: number;
  im: number;
}

const real = (re: number): Complex => ({ re, im: 0 });
const i: Complex = { re: 0, im: 1 };
const constants: Record<string, Complex> = {
  Pi: real(Math.PI), e: real(Math.E), ExponentialE: real(Math.E), i, ImaginaryUnit: i,
  PositiveInfinity: real(Infinity), NegativeInfinity: real(-Infinity),
};

/** Undefined for what has no value here: an error of the parser, an unknown operator, a relation. */
export function evaluate(expression: Expression, variable: (name: string) => number): Complex | undefined {
  if (typeof expression === 'number') return real(expression);
  if (typeof expression === 'string') return expression.startsWith("'") ? undefined : (constants[expression] ?? real(variable(expression)));
  if (!Array.isArray(expression)) {
    const value = Number((expression as { num: string }).num);
    return Number.isNaN(value) ? undefined : real(value);
  }
  const [operator, ...operands] = expression as [string, ...Expression[]];
  if (operator === 'Apply') return inverse(operands, variable);
  const values: Complex[] = [];
  for (const operand of operands) {
    const value = evaluate(operand, variable);
    if (!value) return undefined;
    values.push(value);
  }
  if (operator === 'InvisibleOperator' && isMixed(operands)) return add(values[0], values[0].re < 0 ? negate(values[1]) : values[1]);
  return Object.hasOwn(operators, operator) ? operators[operator](...values) : undefined;
}

/** `3\frac{1}{2}` is three and a half, not a product, and `-3\frac{1}{2}` is that below zero. */
export function isMixed([whole, part, ...more]: readonly Expression[]): boolean {
  const digits = Array.isArray(whole) && whole[0] === 'Negate' ? (whole as readonly Expression[])[1] : whole;
  if (more.length > 0 || typeof digits !== 'number' || !Number.isInteger(digits) || digits === 0 || !Array.isArray(part)) return false;
  const [operator, above, below] = part as readonly Expression[];
  return (operator === 'Divide' || operator === 'Rational') && Number.isInteger(above) && Number.isInteger(below);
}

/** `\sin^{-1}(x)`. */
function inverse([head, operand]: readonly Expression[], variable: (name: string) => number): Complex | undefined {
  const value = operand === undefined ? undefined : evaluate(operand, variable);
  if (!value || !Array.isArray(head) || head[0] !== 'InverseFunction') return undefined;
  const name = `Arc${String((head as readonly Expression[])[1]).toLowerCase()}`;
  return Object.hasOwn(operators, name) ? operators[name](value) : undefined;
}

type Operator = (...values: Complex[]) => Complex | undefined;

const add = (a: Complex, b: Complex): Complex => ({ re: a.re + b.re, im: a.im + b.im });
const multiply = (a: Complex, b: Complex): Complex =>
  a.im === 0 && b.im === 0 ? real(a.re * b.re) : { re: a.re * b.re - a.im * b.im, im: a.re * b.im + a.im * b.re };
const negate = (a: Complex): Complex => ({ re: -a.re, im: a.im === 0 ? 0 : -a.im });
const size = (a: Complex): number => Math.hypot(a.re, a.im);

function divide(a: Complex, b: Complex): Complex | undefined {
  const below = b.re * b.re + b.im * b.im;
  if (below === 0) return undefined;
  if (a.im === 0 && b.im === 0) return real(a.re / b.re);
  return { re: (a.re * b.re + a.im * b.im) / below, im: (a.im * b.re - a.re * b.im) / below };
}

const exponential = (a: Complex): Complex => ({ re: Math.exp(a.re) * Math.cos(a.im), im: a.im === 0 ? 0 : Math.exp(a.re) * Math.sin(a.im) });

function logarithm(a: Complex): Complex | undefined {
  if (size(a) === 0) return undefined;
  return { re: Math.log(size(a)), im: Math.atan2(a.im, a.re) };
}

/** Principal value; whole powers of reals stay real. */
function power(a: Complex, b: Complex): Complex | undefined {
  if (a.im === 0 && b.im === 0 && (a.re >= 0 || Number.isInteger(b.re))) {
    return a.re === 0 && b.re <= 0 ? (b.re === 0 ? real(1) : undefined) : real(a.re ** b.re);
  }
  const log = logarithm(a);
  return log ? exponential(multiply(b, log)) : real(0);
}

/** Odd roots of negative reals are real, as people read them. */
function root(a: Complex, degree: Complex = real(2)): Complex | undefined {
  if (a.im === 0 && a.re < 0 && degree.im === 0 && degree.re % 2 === 1) return real(-((-a.re) ** (1 / degree.re)));
  const exponent = divide(real(1), degree);
  return exponent && power(a, exponent);
}

function factorial(a: Complex): Complex | undefined {
  if (!wholeUpTo(a, 170)) return undefined;
  let product = 1;
  for (let k = 2; k <= a.re; k++) product *= k;
  return real(product);
}

function binomial(n: Complex, k: Complex): Complex | undefined {
  if (!wholeUpTo(n, 1000) || !wholeUpTo(k, 1000)) return undefined;
  let product = 1;
  for (let j = 1; j <= k.re; j++) product = (product * (n.re - k.re + j)) / j;
  return real(Math.round(product));
}

const wholeUpTo = (a: Complex, most: number): boolean => a.im === 0 && Number.isInteger(a.re) && a.re >= 0 && a.re <= most;
const onReals = (f: (...x: number[]) => number): Operator => (...values) =>
  values.some((value) => Math.abs(value.im) > 1e-12) ? undefined : finiteReal(f(...values.map((value) => value.re)));
const finiteReal = (x: number): Complex | undefined => (Number.isNaN(x) ? undefined : real(x));
const product: Operator = (...values) => values.reduce(multiply, real(1));
const chained = (f: (a: Complex, b: Complex) => Complex | undefined): Operator => (first, ...rest) =>
  rest.reduce<Complex | undefined>((sum, value) => sum && f(sum, value), first);

const operators: Record<string, Operator> = {
  Add: (...values) => values.reduce(add, real(0)),
  Subtract: (a, b) => (b === undefined ? undefined : add(a, negate(b))),
  Negate: negate,
  Multiply: product,
  InvisibleOperator: product,
  Divide: chained(divide),
  Rational: chained(divide),
  Delimiter: (a, ...more) => (more.length === 0 ? a : undefined),
  Power: (a, b) => (b === undefined ? undefined : power(a, b)),
  Square: (a) => multiply(a, a),
  Sqrt: (a) => root(a),
  Root: (a, degree) => root(a, degree),
  Complex: (re, im) => add(re, multiply(i, im)),
  Abs: (a) => real(size(a)),
  Exp: exponential,
  Ln: (a) => logarithm(a),
  Log: (a, base) => quotientOfLogs(a, base ?? real(10)),
  Lb: (a) => quotientOfLogs(a, real(2)),
  Lg: (a) => quotientOfLogs(a, real(10)),
  Factorial: factorial,
  Factorial2: onReals((x) => (x >= 0 && x <= 300 && Number.isInteger(x) ? Array.from({ length: Math.floor(x / 2) + 1 }, (_, k) => x - 2 * k).filter((f) => f > 0).reduce((a, b) => a * b, 1) : NaN)),
  Binomial: binomial, Choose: binomial,
  Degrees: onReals((x) => (x * Math.PI) / 180),
  Floor: onReals(Math.floor), Ceil: onReals(Math.ceil), Round: onReals(Math.round),
  Max: onReals(Math.max), Min: onReals(Math.min), GCD: onReals((a, b) => gcd(a, b)),
  Sin: onReals(Math.sin), Cos: onReals(Math.cos), Tan: onReals(Math.tan),
  Sec: onReals((x) => 1 / Math.cos(x)), Csc: onReals((x) => 1 / Math.sin(x)), Cot: onReals((x) => 1 / Math.tan(x)),
  Arcsin: onReals(Math.asin), Arccos: onReals(Math.acos), Arctan: onReals(Math.atan),
  Sinh: onReals(Math.sinh), Cosh: onReals(Math.cosh), Tanh: onReals(Math.tanh),
};

function quotientOfLogs(a: Complex, base: Complex): Complex | undefined {
  const above = logarithm(a);
  const below = logarithm(base);
  return above && below && divide(above, below);
}

function gcd(a: number, b: number): number {
  for (let step = 0; step < 2000 && b !== 0; step++) [a, b] = [b, a % b];
  return Math.abs(a);
}
