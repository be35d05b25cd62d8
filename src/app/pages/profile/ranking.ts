/** Orders of the profile's bars, and where the two ways of counting disagree. Pure. */
import type { ProfileEntry } from '../../../stat/types';

export type By = 'rate' | 'count';

/** Largest first by the chosen number, the other one breaking ties. */
export function ranked(entries: readonly ProfileEntry[], by: By): ProfileEntry[] {
  const other = by === 'rate' ? 'count' : 'rate';
  return [...entries].sort((a, b) => b[by] - a[by] || b[other] - a[other] || (a.skill < b.skill ? -1 : 1));
}

/** Fewer verdicts than this are too few to call a skill common. */
const ENOUGH = 10;

/** A skill among the first five by count that falls furthest by rate; undefined when none falls by three places or more. */
export function disagreements(
  entries: readonly ProfileEntry[],
): { byCount: string; countRank: number; rateRank: number; carriers: number; rate: number } | undefined {
  const byRate = ranked(entries, 'rate').map((entry) => entry.skill);
  const falls = ranked(entries, 'count')
    .slice(0, 5)
    .filter((entry) => entry.count >= ENOUGH)
    .map((entry, i) => ({
      byCount: entry.skill,
      countRank: i + 1,
      rateRank: byRate.indexOf(entry.skill) + 1,
      carriers: entry.carriers,
      rate: entry.rate,
    }));
  const furthest = falls.sort((a, b) => b.rateRank - b.countRank - (a.rateRank - a.countRank))[0];
  return furthest && furthest.rateRank - furthest.countRank >= 3 ? furthest : undefined;
}
