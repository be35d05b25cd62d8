/** Finds the final answer in a worked text, and says by which rule. */

export type ExtractionRule = 'boxed' | '####' | '#' | 'answer is' | 'whole text' | 'last number';

export interface Extraction {
  /** As written, trimmed; empty when the marker is there and nothing follows it. */
  value: string;
  rule: ExtractionRule;
}

/** Longer texts are read from their end, longer values cut: neither is an answer, and graders must not be slow. */
const longestText = 50_000;
const longestValue = 1_000;

/** Digits as people write them: thousands commas, decimals, exponent; then a fraction's or clock's second part, percent. */
const digits = String.raw`(?:(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?|\.\d+)(?:e[+-]?\d+)?(?:\s?/\s?\d+|:\d\d)?(?:\s?%)?`;
/** A minus after a digit, letter or bracket subtracts; elsewhere it is a sign. */
const anyNumber = new RegExp(String.raw`(?:(?<![\w)\]}.])-)?(?<![\d.])${digits}`, 'giu');
const onlyNumber = new RegExp(`^-?${digits}$`, 'iu');

/**
 * The final answer: the last `\boxed{}`, else what follows the last `####` (GSM8K), else the last `#` after a digit (the
 * built-in worlds' `24+17=41#41`), else what follows the last "answer is" or "answer:", else the whole text if it is one
 * bare value, else the last number, else the whole text. Undefined only for a blank text.
 */
export function extractFinal(text: string): Extraction | undefined {
  const tail = text.slice(-longestText).replaceAll('\u2212', '-');
  if (tail.trim() === '') return undefined;
  return boxed(tail) ?? marked(tail) ?? stated(tail) ?? bare(tail) ?? number(tail) ?? extraction(tail, 'whole text');
}

function extraction(value: string, rule: ExtractionRule): Extraction {
  return { value: value.trim().slice(0, longestValue), rule };
}

/** The last complete `\boxed{…}` or `\fbox{…}` with its braces matched, or `\boxed 7` without braces. */
function boxed(text: string): Extraction | undefined {
  for (const match of [...text.matchAll(/\\(?:boxed|fbox)\s*/g)].reverse().slice(0, 50)) {
    const start = match.index + match[0].length;
    if (text[start] !== '{') {
      const word = /^[^\s$]+/.exec(text.slice(start, start + longestValue));
      if (word) return extraction(word[0], 'boxed');
      continue;
    }
    const end = closingBrace(text, start);
    if (end > 0) return extraction(text.slice(start + 1, end), 'boxed');
  }
  return undefined;
}

function closingBrace(text: string, open: number): number {
  let depth = 0;
  for (let i = open; i < text.length; i++) {
    if (text[i] === '\\') i++;
    else if (text[i] === '{') depth++;
    else if (text[i] === '}' && --depth === 0) return i;
  }
  return -1;
}

function marked(text: string): Extraction | undefined {
  const four = text.lastIndexOf('####');
  if (four >= 0) return extraction(firstLine(text.slice(four + 4)), '####');
  const one = [...text.matchAll(/\d#(?!#)/g)].at(-1);
  return one && extraction(firstLine(text.slice(one.index + 2)), '#');
}

function firstLine(text: string): string {
  return text.trimStart().split('\n', 1)[0];
}

/** After "answer is", "answer:" or "answer =": to the end of the sentence or line. */
function stated(text: string): Extraction | undefined {
  const match = [...text.matchAll(/\banswer\b[*_]*\s*(?:is\b|:|=)[*_]*\s*:?\s*/gi)].at(-1);
  if (!match) return undefined;
  const line = firstLine(text.slice(match.index + match[0].length));
  const value = /^.*?(?=[.!?;](?:\s|$)|$)/.exec(line)?.[0] ?? line;
  return value.trim() === '' ? undefined : extraction(value, 'answer is');
}

/** A text that is nothing but one number, or one short word or expression (not an equation). */
function bare(text: string): Extraction | undefined {
  const whole = text.trim();
  const single = whole.length <= 40 && !/[\s=]/.test(whole);
  return single || onlyNumber.test(whole) ? extraction(whole, 'whole text') : undefined;
}

function number(text: string): Extraction | undefined {
  const found = [...text.matchAll(anyNumber)].at(-1);
  return found && extraction(found[0], 'last number');
}
