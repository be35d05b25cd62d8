/** Brings two spellings of one answer to one text, and reads a number out of it. */

/** Markup that carries no meaning in an answer. */
const noise: [RegExp, string][] = [
  [/[\u2212\u2013]/g, '-'],
  [/\\[!,;: ]|\\q?quad\b|\\left\b|\\right\b|\\displaystyle\b|~/g, ' '],
  [/\\(?:text|textbf|mathrm|mathbf|operatorname|mbox)\s*\{([^{}]*)\}/g, ' $1 '],
  [/\\[dt]frac\b/g, '\\frac'],
  [/\\(?:cdot|times)\b|×|·/g, '*'],
  [/\^\s*\{?\s*\\circ\s*\}?|°|\\degree\b/g, ' degrees '],
  [/\\([%$&#])/g, '$1'],
  [/\\\[|\\\]|\\\(|\\\)|\$|€|£|\*\*|__|`/g, ' '],
];

/** Longest value compared; anything longer is cut the same way on both sides. */
const longest = 1_000;

/**
 * Lower case, LaTeX wrappers, currency and emphasis removed, fractions as `a/b`, no space around operators and brackets,
 * no closing full stop, plain form of a lone number (`1,234.50` → `1234.5`, `+07` → `7`), `x = 5` → `5`, `(b)` → `b`.
 */
export function normaliseAnswer(value: string): string {
  let text = value.slice(0, longest);
  for (const [pattern, replacement] of noise) text = text.replace(pattern, replacement);
  text = plainFractions(text).toLowerCase().replace(/\s+/g, ' ').trim();
  text = text.replace(/^["'“”‘’*_]+|["'“”‘’*_]+$/g, '').replace(/(?<=.)(?:[.,;:?]+|(?<=[a-z]{2})[!.,;:?]+)$/, '').trim();
  text = text.replace(/\s*([-+*/^=<>(){}[\],:|])\s*/g, '$1');
  text = text.replace(/^[a-z]=(?=.)/, '').replace(/^\(([a-z])\)$/, '$1').replace(/^([a-z])\)$/, '$1');
  return plainNumber(text);
}

/** `\frac{a}{b}` and `\frac12` as `a/b`; parts with an operator keep brackets. Inner fractions first. */
function plainFractions(text: string): string {
  const part = (x: string): string => (/^\s*-?(?:\d[\d.]*|[a-z])\s*$/i.test(x) ? x.trim() : `(${x.trim()})`);
  let before = '';
  for (let depth = 0; depth < 8 && before !== text; depth++) {
    before = text;
    text = text.replace(/(-?\d+)?\s*\\frac\s*(?:\{([^{}]*)\}|(\d))\s*(?:\{([^{}]*)\}|(\d))/g, (_, whole, a, a1, b, b1) =>
      `${whole === undefined ? '' : `${whole} `}${part(a ?? a1)}/${part(b ?? b1)}`);
  }
  return text;
}

/** A lone decimal number in its shortest form; any other text as it is. */
function plainNumber(text: string): string {
  const bare = /^[-+]?\d{1,3}(?:,\d{3})+(?:\.\d+)?$/.test(text) ? text.replaceAll(',', '') : text;
  const match = /^([-+]?)0*(\d*)(?:\.(\d*?)0*)?$/.exec(bare);
  if (!match || !/\d/.test(bare)) return text;
  const [, sign, whole, fraction] = match;
  const digits = (whole || '0') + (fraction ? `.${fraction}` : '');
  return sign === '-' && digits !== '0' ? `-${digits}` : digits;
}

/** A number with what people write round it. The unit starts with a letter or percent sign and has no digits but an exponent. */
const plain = String.raw`[-+]?(?:\d{1,3}(?:,\d{3})+|\d+)?(?:\.\d+)?`;
const unit = String.raw`(?:\s*(?:%|[a-zµ][a-z.µ]*(?:\^\{?-?\d\}?|[²³])?(?:[/*· -][a-z][a-z.]*(?:\^\{?-?\d\}?|[²³])?)*))?`;
const numberWithUnit = new RegExp(
  String.raw`^(${plain})(?:e([-+]?\d{1,3})|\*10\^\{?([-+]?\d{1,3})\}?)?${unit}$`, 'u');
const fractionWithUnit = new RegExp(String.raw`^(?:([-+]?\d+) )?(${plain})/(${plain})${unit}$`, 'u');

/** The value of a normalised answer: decimals, `a/b`, `1 1/2`, `3*10^4`, with units and percent signs stripped. */
export function numberFrom(normalised: string): number | undefined {
  const ratio = fractionWithUnit.exec(normalised);
  if (ratio) {
    const [, whole, above, below] = ratio;
    const value = decimal(above) / decimal(below);
    if (!Number.isFinite(value)) return undefined;
    if (whole === undefined) return value;
    return whole.startsWith('-') ? decimal(whole) - value : decimal(whole) + value;
  }
  const match = numberWithUnit.exec(normalised);
  if (!match || !/\d/.test(match[1])) return undefined;
  const value = decimal(match[1]) * 10 ** Number(match[2] ?? match[3] ?? 0);
  return Number.isFinite(value) ? value : undefined;
}

function decimal(text: string): number {
  return /\d/.test(text) ? Number(text.replaceAll(',', '')) : NaN;
}
