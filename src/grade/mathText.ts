/** A final answer as LaTeX that can be read: wrappers off, spellings united, operators and brackets kept. */

/** Stands for `\\\\`, whose second half would be read with what follows. */
export const rowBreak = '⏎';

/** Longest answer read as mathematics; longer ones are compared as text. */
export const longestMath = 200;
const deepest = 20;
/** Reading absolute bars takes time exponential in their number. */
const mostBars = 8;

const spellings: [RegExp, string][] = [
  [/[\u2212\u2013\u2014]/g, '-'], [/[×∙·]/g, '\\cdot '], [/÷/g, '/'], [/π/g, '\\pi '], [/∞/g, '\\infty '], [/√\s*(\d+|[a-z])/g, '\\sqrt{$1}'],
  [/√\s*\(([^()]*)\)/g, '\\sqrt{$1}'], [/≤/g, '\\le '], [/≥/g, '\\ge '], [/∪/g, '\\cup '], [/±/g, '\\pm '], [/≠/g, '\\ne '],
  [/²/g, '^{2}'], [/³/g, '^{3}'], [/½/g, '\\frac{1}{2}'], [/¼/g, '\\frac{1}{4}'], [/¾/g, '\\frac{3}{4}'],
  [/\\\[|\\\]|\\\(|\\\)|\$|€|£|\*\*|__|`/g, ' '],
  [/\\[$&#]/g, ' '], [/\\(?:displaystyle|textstyle|limits|bigl?|bigr?|Bigl?|Bigr?)(?![a-zA-Z])/g, ' '], [/\\(?:left|right)(?![a-zA-Z])\.?/g, ' '],
  [/\\[!,;: ]|\\q?quad(?![a-zA-Z])|~/g, ' '], [/\\[dtc]frac/g, '\\frac'], [/\\leq(?![a-zA-Z])|\\leqslant/g, '\\le '], [/\\geq(?![a-zA-Z])|\\geqslant/g, '\\ge '],
  [/\\(?:times|cdot)(?![a-zA-Z])/g, '\\cdot '], [/\\lbrace|\\\{/g, '\\{'], [/\\rbrace|\\\}/g, '\\}'], [/\\[lr]vert(?![a-zA-Z])|\\[lr]?vert(?![a-zA-Z])/g, '|'],
  [/\bsqrt\s*\(([^()]*)\)/g, '\\sqrt{$1}'], [/(?<![\\a-z])pi(?![a-z])/gi, '\\pi '], [/(?<![\\a-z])infinity(?![a-z])/gi, '\\infty '],
  [/\*/g, '\\cdot '], [/<=/g, '\\le '], [/>=/g, '\\ge '],
];

/** Brackets round the whole or nothing, thousands commas off, `^12` as `^{12}`, closing stop off. */
export function mathText(value: string): string {
  let text = value.slice(0, 1000).replace(/\\\\(?:\[[^\]]*\])?/g, rowBreak);
  for (const [pattern, replacement] of spellings) text = text.replace(pattern, replacement);
  text = text.replace(/(\d)\{,\}(?=\d{3})/g, '$1').replace(/\^\s*(-?\d{2,}|-\d)/g, '^{$1}').replace(/\^\s*\((-?\w+(?:\/\w+)?)\)/g, '^{$1}');
  text = text.replace(/(?<![\d.,])\d{1,3}(?:,\d{3})+(?![\d,])/g, (number) => number.replaceAll(',', ''));
  text = text.replace(/(?<![\d.)}])(\d+)\s+(\d+)\s*\/\s*(\d+)(?![\d.])/g, '$1\\frac{$2}{$3}');
  return text.replace(/\s+/g, ' ').trim().replace(/(?<=.)(?:[.;:?]+|(?<=[a-z]{2})!+)$/i, '').trim();
}

/** Few, shallow and harmless enough to be handed to a parser. */
export function safeToRead(text: string): boolean {
  if (text.length > longestMath || (text.match(/\|/g)?.length ?? 0) > mostBars) return false;
  let depth = 0;
  for (const sign of text) {
    if ('({['.includes(sign)) depth++;
    if (')}]'.includes(sign)) depth--;
    if (depth > deepest) return false;
  }
  return true;
}

/** Splits at the outermost level of brackets, braces and environments. `at` tells the length of a separator at a position, 0 for none. */
export function splitOutside(text: string, at: (index: number) => number): string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (let i = 0; i < text.length; i++) {
    if (text.startsWith('\\begin', i)) depth++;
    else if (text.startsWith('\\end', i)) depth--;
    else if ('({['.includes(text[i])) depth++;
    else if (')}]'.includes(text[i])) depth--;
    const length = depth === 0 ? at(i) : 0;
    if (length === 0) continue;
    parts.push(text.slice(start, i).trim());
    start = i + length;
    i = start - 1;
  }
  return [...parts, text.slice(start).trim()];
}
