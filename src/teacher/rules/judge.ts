/**
 * Where a response first leaves the teacher's own working, and which skills that shows to be missing:
 * a wrong set-up (left of `=`) is the skill the part is about; a wrong result is that skill and the operation;
 * a wrong final answer after right steps is the skill again.
 */

import type { Understood } from './understand';

export interface Verdict {
  judgedCorrect: boolean;
  missing: string[];
  reason: string;
}

/** The longest text a verdict looks at and quotes. */
const longest = 4000;
const longestQuote = 60;

export function judgeResponse(response: string, understood: Understood): Verdict {
  const { working, final } = split(response.slice(0, longest));
  if (final === understood.final) return { judgedCorrect: true, missing: [], reason: `The answer ${quote(final)} is right.` };
  const { steps } = understood;
  for (const [i, { left, right, operation, own }] of steps.entries()) {
    const wrote = working[i];
    if (wrote === undefined) return wrong([own], `Stopped before ${quote(left)}.`);
    const [wroteLeft, wroteRight] = halves(wrote);
    if (wroteLeft !== left) return wrong([own], `Wrote ${quote(wrote)} where ${quote(left)} was due.`);
    if (wroteRight !== right) return wrong([own, operation], `Wrote ${quote(wrote)}; ${quote(left)} is ${right}.`);
  }
  const { own } = steps[steps.length - 1];
  if (working.length > steps.length) {
    return wrong([own], `Went on with ${quote(working[steps.length])} after the working was done.`);
  }
  if (final === undefined) return wrong([own], 'The steps are right, but no final answer follows after #.');
  return wrong([own], `The steps are right, but the answer given is ${quote(final)}, not ${understood.final}.`);
}

/**
 * 1 for each step that is the working's own next step, or the right final answer after the mark; 0 from the first that is not: what
 * follows a mistake builds on it. A response that stops too early is not told from a whole one: no step of it is wrong.
 */
export function scoreSteps(steps: readonly string[], { steps: due, final }: Understood): number[] {
  let right = true;
  return steps.map((step, i) => {
    const wrote = step.slice(0, longest).replaceAll(' ', '');
    right &&= wrote.startsWith('#') ? wrote.slice(1) === final : i < due.length && wrote === `${due[i].left}=${due[i].right}`;
    return right ? 1 : 0;
  });
}

const wrong = (missing: (string | undefined)[], reason: string): Verdict => (
  { judgedCorrect: false, missing: [...new Set(missing.filter((skill) => skill !== undefined))], reason });

/** The steps before the first `#`, and what follows the last one. */
function split(response: string): { working: string[]; final?: string } {
  const parts = response.split('#');
  const working = parts[0].split(',').map((step) => step.trim()).filter((step) => step !== '');
  return { working, final: parts.length > 1 ? parts[parts.length - 1].trim() : undefined };
}

function halves(step: string): [string, string] {
  const at = step.indexOf('=');
  return at < 0 ? [step, ''] : [step.slice(0, at).trim(), step.slice(at + 1).trim()];
}

/** In backticks, on one line, shortened. */
function quote(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ');
  return `\`${line.length > longestQuote ? `${line.slice(0, longestQuote)}…` : line}\``;
}
