/** What an answer is made of: a set, a tuple or interval, a matrix, a union, several answers, a relation, or one value. */
import { rowBreak, splitOutside } from './mathText';

export type Shape =
  | { kind: 'set'; items: string[] }
  | { kind: 'tuple'; open: string; close: string; items: string[] }
  | { kind: 'matrix'; determinant: boolean; rows: string[][] }
  | { kind: 'union'; parts: string[] }
  | { kind: 'relation'; sign: Sign; left: string; right: string }
  | { kind: 'value'; text: string };

export type Sign = '=' | '<' | '\\le' | '\\ne';

/** More than this many parts are compared as text only. */
export const mostParts = 20;

/** `text` as `mathText` gives it. Several answers in a row are a set: `x=1 or x=2`, `3, 4`, `2 \pm 1`. */
export function shapeOf(text: string): Shape {
  const inner = unwrapped(unlabelled(text));
  const matrix = /^\\begin\{([bpvV]?matrix|array)\}(?:\{[lcr| ]*\})?(.*)\\end\{\1\}$/s.exec(inner);
  if (matrix) return matrixShape(matrix[1], matrix[2]);
  if (/^\\\{.*\\\}$/s.test(inner) && enclosed(inner.slice(1, -2) + '}')) return { kind: 'set', items: commas(inner.slice(2, -2)) };
  if (/^\\emptyset$|^\\varnothing$/.test(inner)) return { kind: 'set', items: [] };
  const parts = splitOutside(inner, (i) => (inner.startsWith('\\cup', i) ? 4 : 0));
  if (parts.length > 1) return { kind: 'union', parts };
  const vector = /^\\langle(.*)\\rangle$/s.exec(inner);
  if (vector) return { kind: 'tuple', open: '<', close: '>', items: commas(vector[1]) };
  if (/^[([].*[)\]]$/s.test(inner) && enclosed(inner)) {
    const items = commas(inner.slice(1, -1));
    if (items.length > 1) return { kind: 'tuple', open: inner[0], close: inner[inner.length - 1], items };
  }
  const several = commas(inner);
  if (several.length > 1) return { kind: 'set', items: several };
  const either = plusMinus(inner);
  if (either) return { kind: 'set', items: either };
  return relation(inner) ?? { kind: 'value', text: inner };
}

/** `x=5` is 5, `f(x)=x^2` is `x^2`, `x\in[1,2]` is `[1,2]`; a relation between two formulas stays. */
function unlabelled(text: string): string {
  const label = /^(?:[a-zA-Z](?:_\{?\w+\}?)?(?:\([a-z](?:,[a-z])*\))?|\\(?:theta|alpha|beta|phi|lambda))\s*(?:=|\\in(?![a-z]))\s*(?!.*(?:=|<|>|\\[lg]e(?![a-z])))(.+)$/s.exec(text);
  // `y=2x+1` is an equation, but a value when the other side has no letter or a function was named.
  if (!label) return text;
  const named = /^[a-zA-Z](?:_\{?\w+\}?)?\(|^[^=]*\\in/.test(text);
  const letters = label[1].replace(/\\[a-zA-Z]+/g, '').replace(/(?<![a-z])[ei](?![a-z])/g, '');
  return named || !/[a-z]/i.test(letters) || /^[^=]*\\in/.test(text) ? label[1] : text;
}

/** Without braces or brackets that go round all of it and hold one thing. */
function unwrapped(text: string): string {
  let inner = text.trim();
  while (/^(?:\{.*\}|\(.*\))$/s.test(inner) && enclosed(inner) && commas(inner.slice(1, -1)).length === 1) inner = inner.slice(1, -1).trim();
  return inner;
}

/** The bracket that opens first closes last. */
function enclosed(text: string): boolean {
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    if ('({['.includes(text[i])) depth++;
    if (')}]'.includes(text[i]) && --depth === 0) return i === text.length - 1;
  }
  return false;
}

function commas(text: string): string[] {
  const plain = text.replace(/\\(?:text|mbox|textrm)\{\s*(and|or)\s*\}/g, ' $1 ').replace(/,\s*(?:and|or) /g, ', ');
  return splitOutside(plain, (i) => separatorAt(plain, i)).filter((part) => part !== '');
}

function separatorAt(text: string, i: number): number {
  if (text[i] === ',' || text[i] === ';') return 1;
  return text[i] === ' ' ? (/^ (?:and|or) /.exec(text.slice(i, i + 5))?.[0].length ?? 0) : 0;
}

function plusMinus(text: string): string[] | undefined {
  const parts = splitOutside(text, (i) => (text.startsWith('\\pm', i) ? 3 : 0));
  return parts.length === 2 ? [`${parts[0]}+${parts[1]}`, `${parts[0]}-${parts[1]}`] : undefined;
}

function matrixShape(name: string, body: string): Shape {
  const rows = body.split(rowBreak).map((row) => row.split('&').map((cell) => cell.trim()));
  if (rows.length > 1 && rows[rows.length - 1].join('') === '') rows.pop();
  return { kind: 'matrix', determinant: name === 'vmatrix', rows };
}

const signs: [string, Sign, boolean][] = [
  ['\\le ', '\\le', false], ['\\ge ', '\\le', true], ['\\ne ', '\\ne', false], ['\\neq ', '\\ne', false], ['<', '<', false], ['>', '<', true], ['=', '=', false],
];

/** `a<b` or `b>a`; a letter bounded on one or both sides is an interval. */
function relation(text: string): Shape | undefined {
  const found: { sign: Sign; turned: boolean }[] = [];
  const sides = splitOutside(text, (i) => {
    const sign = signs.find(([spelling]) => text.startsWith(spelling, i) || (spelling.endsWith(' ') && text.startsWith(spelling.trim(), i) && !/[a-z]/i.test(text[i + spelling.length - 1] ?? '')));
    if (!sign) return 0;
    found.push({ sign: sign[1], turned: sign[2] });
    return sign[0].trim().length;
  });
  if (found.length === 2 && found[0].turned === found[1].turned && /^[a-z]$/i.test(sides[1]) && found.every(({ sign }) => sign === '<' || sign === '\\le')) {
    const [low, high] = found[0].turned ? [1, 0] : [0, 1];
    return interval(sides[low * 2], found[low].sign, sides[high * 2], found[high].sign);
  }
  if (found.length !== 1 || sides.some((side) => side === '')) return undefined;
  const [{ sign, turned }] = found;
  const [left, right] = turned ? [sides[1], sides[0]] : sides;
  if (sign === '<' || sign === '\\le') {
    if (/^[a-z]$/i.test(left) && !/[a-z]/i.test(right.replace(/\\[a-z]+/g, ''))) return interval('-\\infty', '<', right, sign);
    if (/^[a-z]$/i.test(right) && !/[a-z]/i.test(left.replace(/\\[a-z]+/g, ''))) return interval(left, sign, '\\infty', '<');
  }
  return { kind: 'relation', sign, left, right };
}

function interval(low: string, lowSign: Sign, high: string, highSign: Sign): Shape {
  return { kind: 'tuple', open: lowSign === '<' ? '(' : '[', close: highSign === '<' ? ')' : ']', items: [low, high] };
}
