/** Whether two final answers say the same mathematics: by structure first, then each part by its value. */
import { Random } from '../core/random';
import { evaluate, type Complex, type Expression } from './evaluate';
import { exactRational, sameRational } from './exactRational';
import type { MathReader } from './mathReader';
import { longestMath, mathText } from './mathText';
import { normaliseAnswer } from './normalise';
import { splitUnit, unitFactors } from './quantity';
import { mostParts, shapeOf, type Shape } from './shapes';

export interface Comparison {
  same: boolean;
  /** What decided: `same value`, `different set`, `different unit`, `different text`. */
  how: string;
}

/**
 * Sets and several answers without order, tuples, intervals and matrices with it; formulas by their values at six fixed points,
 * numbers exactly where they are fractions and to 1e-6 otherwise. What cannot be read is the same only if its text is.
 */
export function equivalent(wanted: string, given: string, read: MathReader): Comparison {
  if (wanted.length > longestMath || given.length > longestMath) return { same: false, how: 'too long to read as mathematics' };
  return compare(mathText(wanted), mathText(given), read, 0);
}

function compare(wanted: string, given: string, read: MathReader, depth: number): Comparison {
  if (normaliseAnswer(wanted) === normaliseAnswer(given)) return { same: true, how: 'same text' };
  if (depth > 4 || inWords(wanted) || inWords(given)) return { same: false, how: 'different text' };
  const a = splitUnit(wanted);
  const b = splitUnit(given);
  const factors = unitFactors(a.unit, b.unit);
  if (factors === 'different') return { same: false, how: 'different unit' };
  const left = shapeOf(a.value);
  const right = shapeOf(b.value);
  if (left.kind !== 'value' || right.kind !== 'value') return shapes(left, right, read, depth);
  if (a.unit === '%' || b.unit === '%') {
    // A percent sign may be left out where the question asks for percent, or the share be written instead.
    const scales = a.unit === b.unit ? [[1, 1]] : a.unit === '%' ? [[1, 1], [0.01, 1]] : [[1, 1], [1, 0.01]];
    return scales.map(([x, y]) => values(left.text, right.text, read, x, y)).find(({ same }) => same) ?? { same: false, how: 'different value' };
  }
  return values(left.text, right.text, read, factors.wanted, factors.given);
}

function shapes(a: Shape, b: Shape, read: MathReader, depth: number): Comparison {
  const each = (x: string, y: string): boolean => compare(x, y, read, depth + 1).same;
  const told = (same: boolean, what: string): Comparison => ({ same, how: `${same ? 'same' : 'different'} ${what}` });
  const one = (shape: Shape): string[] | undefined => (shape.kind === 'set' ? shape.items : shape.kind === 'value' ? [shape.text] : undefined);
  const [listA, listB] = [one(a), one(b)];
  if (listA && listB) return told(sameSet(listA, listB, each), 'set of answers');
  if (a.kind === 'set' || b.kind === 'set') {
    return told(false, 'kind of answer');
  }
  if (a.kind === 'tuple' && b.kind === 'tuple') {
    return told(a.open === b.open && a.close === b.close && sameList(a.items, b.items, each), 'tuple or interval');
  }
  if (a.kind === 'union' && b.kind === 'union') return told(sameSet(a.parts, b.parts, each), 'union');
  if (a.kind === 'matrix' && b.kind === 'matrix') {
    const widths = (rows: string[][]): string => rows.map((row) => row.length).join();
    return told(a.determinant === b.determinant && widths(a.rows) === widths(b.rows) && sameList(a.rows.flat(), b.rows.flat(), each), 'matrix');
  }
  if (a.kind === 'relation' && b.kind === 'relation') return told(a.sign === b.sign && sameRelation(a, b, read), 'relation');
  return told(false, 'kind of answer');
}

function sameList(a: readonly string[], b: readonly string[], each: (x: string, y: string) => boolean): boolean {
  return a.length <= mostParts && a.length === b.length && a.every((item, k) => each(item, b[k]));
}

/** Every item of either side is in the other; repeats count once. */
function sameSet(a: readonly string[], b: readonly string[], each: (x: string, y: string) => boolean): boolean {
  if (a.length > mostParts || b.length > mostParts) return false;
  return a.every((x) => b.some((y) => each(x, y))) && b.every((y) => a.some((x) => each(x, y)));
}

const points = 6;

/** A fixed point for each variable, of either sign and nothing special. */
function coordinate(name: string, point: number): number {
  return (new Random(0, 'math', name, point).float() - 0.45) * 5;
}

function values(a: string, b: string, read: MathReader, scaleA: number, scaleB: number): Comparison {
  if (normaliseAnswer(a) === normaliseAnswer(b) && scaleA === scaleB) return { same: true, how: 'same value' };
  const [x, y] = [read(a), read(b)];
  if (x === undefined || y === undefined) return { same: false, how: 'different text' };
  const [p, q] = scaleA === 1 && scaleB === 1 ? [exactRational(x), exactRational(y)] : [];
  if (p && q && sameRational(p, q)) return { same: true, how: 'same value' };
  let compared = 0;
  for (let point = 0; point < points; point++) {
    const variable = (name: string): number => coordinate(name, point);
    const [u, v] = [evaluate(x, variable), evaluate(y, variable)];
    if (!u || !v || !determined(u) || !determined(v)) continue;
    if (!close(scaled(u, scaleA), scaled(v, scaleB), p !== undefined && q !== undefined)) return { same: false, how: 'different value' };
    compared++;
  }
  return compared >= 3 ? { same: true, how: 'same value' } : { same: false, how: 'different text' };
}

const determined = (z: Complex): boolean => !Number.isNaN(z.re) && !Number.isNaN(z.im);
const scaled = (z: Complex, scale: number): Complex => ({ re: z.re * scale, im: z.im * scale });

/** Within 1e-6, relative below 1; two different fractions too large for doubles are not equal. */
function close(a: Complex, b: Complex, exact: boolean): boolean {
  if (a.re === b.re && a.im === b.im && !exact) return true;
  const size = Math.max(Math.hypot(a.re, a.im), Math.hypot(b.re, b.im));
  if (!Number.isFinite(size) || (exact && size > Number.MAX_SAFE_INTEGER)) return false;
  return Math.hypot(a.re - b.re, a.im - b.im) <= 1e-6 * Math.min(1, size) + 1e-11 * size;
}

/** `l = r` and `l' = r'` are one relation when the differences of their sides are proportional; with the order kept, by a positive factor. */
function sameRelation(a: Shape & { kind: 'relation' }, b: Shape & { kind: 'relation' }, read: MathReader): boolean {
  const sides = [a.left, a.right, b.left, b.right].map((side) => read(side));
  if (sides.some((side) => side === undefined)) return false;
  const ratios: number[] = [];
  for (let point = 0; point < points; point++) {
    const variable = (name: string): number => coordinate(name, point);
    const [l, r, l2, r2] = sides.map((side) => evaluate(side as Expression, variable));
    if (!l || !r || !l2 || !r2) continue;
    const below = l2.re - r2.re;
    if (Math.abs(below) < 1e-9 || [l, r, l2, r2].some((z) => Math.abs(z.im) > 1e-9)) continue;
    ratios.push((l.re - r.re) / below);
  }
  const [first] = ratios;
  if (ratios.length < 3 || !Number.isFinite(first) || Math.abs(first) < 1e-9) return false;
  const oriented = a.sign === '<' || a.sign === '\\le';
  return (!oriented || first > 0) && ratios.every((ratio) => Math.abs(ratio - first) <= 1e-8 * Math.abs(first));
}

/** Letters that make words rather than products of variables. */
function inWords(text: string): boolean {
  const plain = text.replace(/\\(?:begin|end)\{[a-zA-Z]*\}/g, ' ').replace(/\\(?:text|textrm|textbf|mathrm|mbox)\s*\{\s*(?:and|or)\s*\}/g, ' ');
  const bare = splitUnit(plain).value.replace(/(?<=\s|^)(?:and|or)(?=\s)/g, ' ').replace(/\\(?!text|mbox|mathrm)[a-zA-Z]+/g, ' ');
  if (/[a-zA-Z]{4,}/.test(bare)) return true;
  return /^[a-zA-Z]{2,3}$/.test(bare.trim()) && !/[xyz]/i.test(bare);
}
