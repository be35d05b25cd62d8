/** Before against after on the same questions: overall, per skill, missing and known skills, over seeds. */
import { spearman } from '../core/correlation';
import { meanInterval, pairedBootstrap } from '../core/intervals';
import type { Interval } from '../core/intervals';
import { signTest } from '../core/signTest';
import type { Question, Response } from '../data/types';
import { mainSkill } from './skills';
import type { PairedCounts, Profile } from './types';

/** Name under which `perSkill` counts questions without labels. */
export const unlabelled = '(no skill)';

/**
 * Paired counts over the questions answered in both; others are left out. `before`, `after` and `difference` are shares of `n`
 * (0 where nothing is paired), the interval a bootstrap over questions seeded by `seed`.
 */
export function pairedCounts(before: readonly Response[], after: readonly Response[], seed = 0): PairedCounts {
  return countsOf(pairs(before, after), seed);
}

export interface SkillCounts {
  skill: string;
  counts: PairedCounts;
}

/** One row a main skill, in order of first appearance in `questions`. */
export function perSkill(
  questions: readonly Question[], before: readonly Response[], after: readonly Response[], seed = 0,
): SkillCounts[] {
  const paired = new Map(pairs(before, after).map((pair) => [pair.questionId, pair]));
  const bySkill = new Map<string, Pair[]>();
  for (const question of questions) {
    const pair = paired.get(question.id);
    if (!pair) continue;
    const skill = mainSkill(question) ?? unlabelled;
    const group = bySkill.get(skill);
    if (group) group.push(pair);
    else bySkill.set(skill, [pair]);
  }
  return [...bySkill].map(([skill, group]) => ({ skill, counts: countsOf(group, seed) }));
}

/** Skills whose accuracy before was below `threshold`. Chosen on the same answers, they rise a little by chance alone. */
export function weakSkills(rows: readonly SkillCounts[], threshold = 0.9): string[] {
  return rows.filter((row) => row.counts.before < threshold).map((row) => row.skill);
}

/** Mean over skills (each skill counts alike), shares 0 to 1. */
export interface SkillBar {
  skills: number;
  before: number;
  after: number;
  difference: number;
}

/** The two bars a comparison shows: the skills named missing, and all others. A bar without skills is undefined. */
export function missingAndKnown(
  rows: readonly SkillCounts[], missing: readonly string[],
): { missing: SkillBar | undefined; known: SkillBar | undefined } {
  const named = new Set(missing);
  return {
    missing: barOf(rows.filter((row) => named.has(row.skill))),
    known: barOf(rows.filter((row) => !named.has(row.skill))),
  };
}

/** Spearman of the profile's rate with the true error rate by main skill, over the skills found in both. */
export function profileAgreement(
  profile: Profile, questions: readonly Question[], responses: readonly Response[], by: 'rate' | 'count' = 'rate',
): number | undefined {
  const errors = new Map(perSkill(questions, responses, responses).map((row) => [row.skill, 1 - row.counts.before]));
  const shared = profile.entries.filter((entry) => errors.has(entry.skill));
  return spearman(shared.map((entry) => entry[by]), shared.map((entry) => errors.get(entry.skill) ?? 0));
}

export interface SeedValue {
  seed: number;
  value: number;
}

/** Mean of one value a seed with its t interval, and every seed's value beside it. */
export interface SeedSummary extends Interval {
  seeds: SeedValue[];
}

export function summarise(seeds: readonly SeedValue[]): SeedSummary {
  return { ...meanInterval(seeds.map((seed) => seed.value)), seeds: [...seeds] };
}

/** One seed's answers under two treatments, such as SFT and STAT-Sel. */
export interface SeedAnswers {
  seed: number;
  before: readonly Response[];
  after: readonly Response[];
}

/** Mean paired difference over all questions of all seeds; the bootstrap draws whole seeds, then questions within. */
export function pooledDifference(answers: readonly SeedAnswers[], bootstrapSeed = 0): Interval {
  const differences: number[] = [];
  const clusters: number[] = [];
  for (const { seed, before, after } of answers) {
    for (const pair of pairs(before, after)) {
      differences.push(Number(pair.after) - Number(pair.before));
      clusters.push(seed);
    }
  }
  return pairedBootstrap(differences, { seed: bootstrapSeed, clusters });
}

/** Says what the interval allows to be said, and no more. */
export function inWords({ mean, low, high }: Interval, seeds: number): string {
  const points = (100 * Math.abs(mean)).toFixed(1);
  const few = seeds < 2 ? ', on a single seed' : '';
  if (low === undefined || high === undefined) return 'cannot be told from chance: there is no interval';
  if (low > 0) return `better by ${points} points, beyond noise${few}`;
  if (high < 0) return `worse by ${points} points, beyond noise${few}`;
  return `within noise${few}: the interval holds zero`;
}

interface Pair {
  questionId: string;
  before: boolean;
  after: boolean;
}

function pairs(before: readonly Response[], after: readonly Response[]): Pair[] {
  const second = new Map(after.map((response) => [response.questionId, response.correct]));
  return before.flatMap(({ questionId, correct }) => {
    const later = second.get(questionId);
    return later === undefined ? [] : [{ questionId, before: correct, after: later }];
  });
}

function countsOf(paired: readonly Pair[], seed: number): PairedCounts {
  const n = paired.length;
  const count = (was: boolean, is: boolean): number => paired.filter((p) => p.before === was && p.after === is).length;
  const fixed = count(false, true);
  const broken = count(true, false);
  const stillRight = count(true, true);
  const share = (k: number): number => (n === 0 ? 0 : k / n);
  const differences = paired.map((pair) => Number(pair.after) - Number(pair.before));
  const { low, high } = pairedBootstrap(differences, { seed });
  return {
    n, fixed, broken, stillRight, stillWrong: n - fixed - broken - stillRight,
    before: share(stillRight + broken),
    after: share(stillRight + fixed),
    difference: share(fixed - broken),
    low: low ?? -1,
    high: high ?? 1,
    p: signTest(fixed, broken),
  };
}

function barOf(rows: readonly SkillCounts[]): SkillBar | undefined {
  if (rows.length === 0) return undefined;
  const mean = (value: (counts: PairedCounts) => number): number =>
    rows.reduce((sum, row) => sum + value(row.counts), 0) / rows.length;
  const before = mean((counts) => counts.before);
  const after = mean((counts) => counts.after);
  return { skills: rows.length, before, after, difference: after - before };
}
