/** How the rule-based teacher reads a question: a pattern over its text, and the working it then does itself. */

import { valueOf, type Step } from '../../data/worlds/working';

export interface Solved {
  steps: Step[];
  final: string;
}

export interface Reading {
  skill: string;
  /** Over the question without its opening ("what is", "find"...); groups go to `solve`. */
  pattern: RegExp;
  /** Undefined where the text fits the pattern but is not this skill's question. */
  solve(numbers: number[], words: string[]): Solved | undefined;
}

/** The usual end: the last step's value is the answer. */
export const solved = (...steps: Step[]): Solved => ({ steps, final: String(valueOf(steps)) });

/**
 * A reading whose pattern has `N` for a number (up to four digits) and `W` for a word, matched against the whole text.
 * `solve` gets all numbers in order, and all words in order.
 */
export function reading(skill: string, pattern: string, solve: Reading['solve']): Reading {
  const source = pattern.replaceAll('N', '(\\d{1,4})').replaceAll('W', '([a-z]{1,12})');
  return { skill, pattern: new RegExp(`^(?:${source})$`), solve };
}

/** Applies a reading to a text. */
export function read({ pattern, solve }: Reading, text: string): Solved | undefined {
  const match = pattern.exec(text);
  if (!match) return undefined;
  const groups = match.slice(1).filter((group) => group !== undefined);
  const isNumber = (group: string): boolean => /^\d+$/.test(group);
  return solve(groups.filter(isNumber).map(Number), groups.filter((group) => !isNumber(group)));
}
