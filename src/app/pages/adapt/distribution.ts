/** What a training set is made of, in numbers. Pure. */
import type { TrainingSet } from '../../../stat/types';

/** Share of the rows (by loss weight) whose main skill it is, for every skill. Sums to 1 over all skills. */
export function skillShares(mainSkills: readonly (string | undefined)[], set?: TrainingSet): Map<string, number> {
  const shares = new Map<string, number>();
  let total = 0;
  const add = (skill: string | undefined, weight: number): void => {
    total += weight;
    if (skill !== undefined) shares.set(skill, (shares.get(skill) ?? 0) + weight);
  };
  if (set) set.rows.forEach((row, i) => add(mainSkills[row], set.weights[i]));
  else mainSkills.forEach((skill) => add(skill, 1));
  for (const [skill, weight] of shares) shares.set(skill, weight / total);
  return shares;
}

/** Distinct rows by how much they count (repeats and weight together), most first, in units of an average row. */
export function heaviestRows(set: TrainingSet, most: number): { row: number; weight: number }[] {
  const weightOf = new Map<number, number>();
  set.rows.forEach((row, i) => weightOf.set(row, (weightOf.get(row) ?? 0) + set.weights[i]));
  return [...weightOf]
    .map(([row, weight]) => ({ row, weight }))
    .sort((a, b) => b.weight - a.weight || a.row - b.row)
    .slice(0, most);
}

export function distinctRows(set: TrainingSet): number {
  return new Set(set.rows).size;
}
