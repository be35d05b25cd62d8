/** The rule of difficulty as an experiment file and the options of a command give it, and as a person reads what came of it. */
import * as v from 'valibot';
import { DIFFICULTY_KINDS, type DifficultyRule, type RuleResult } from '../stat/difficulty';
import type { Command, Given } from './command';

const share = v.pipe(v.number(), v.minValue(0), v.maxValue(1));
const samples = v.pipe(v.number(), v.integer(), v.minValue(2), v.maxValue(64));

/** `{"kind": "process", "tau1": 0.85}` */
export const Difficulty = v.variant('kind', [
  v.strictObject({ kind: v.literal('graded') }),
  v.strictObject({
    kind: v.literal('process'), tau1: v.optional(share), tau2: v.optional(share),
    rewardModel: v.optional(v.strictObject({ baseUrl: v.pipe(v.string(), v.url(), v.maxLength(500)), model: v.pipe(v.string(), v.minLength(1), v.maxLength(200)) })),
  }),
  v.strictObject({
    kind: v.literal('consistency'), below: v.optional(samples), samples: v.optional(samples),
    temperature: v.optional(v.pipe(v.number(), v.minValue(0.01), v.maxValue(5))),
  }),
  v.strictObject({ kind: v.literal('length'), words: v.optional(v.pipe(v.number(), v.minValue(1))) }),
]);

export const difficultyOptions: Command['options'] = {
  difficulty: { type: 'string' }, tau1: { type: 'string' }, tau2: { type: 'string' }, below: { type: 'string' }, words: { type: 'string' },
};

export const difficultyUsage = `[--difficulty ${DIFFICULTY_KINDS.join('|')} [--tau1 0.85] [--tau2 0.7] [--below 2] [--words 800]]`;

/** The rule the options name: graded answers where none does. */
export function difficultyFrom(given: Given): DifficultyRule {
  const optional = (name: string, low: number, high?: number) => (given.text(name) === undefined ? undefined : given.number(name, 0, low, high));
  const kind = given.choice('difficulty', DIFFICULTY_KINDS, 'graded');
  switch (kind) {
    case 'graded':
      return { kind };
    case 'process':
      return { kind, tau1: optional('tau1', 0, 1), tau2: optional('tau2', 0, 1) };
    case 'consistency':
      return { kind, below: optional('below', 2, 64) };
    case 'length':
      return { kind, words: optional('words', 1) };
  }
}

/** One line a rule: how many it flags, and how that fits the grades. */
export function ruleLines(results: readonly RuleResult[]): string[] {
  const text = (value: number | undefined) => (value === undefined ? 'none' : value.toFixed(2));
  return results.map(({ rule, flagged, detection: { precision, recall } }) =>
    `  ${rule.kind.padEnd(12)} ${String(flagged).padStart(5)} difficult, precision ${text(precision)}, recall ${text(recall)} against the grades`);
}
