/** Stage 3a, STAT-Sel: from missing skills to pool rows or weights (paper §2.3, App. B.2). */
import { Random } from '../core/random';
import { countedJudgements } from './profile';
import type { MissingSkills, Profile, SkillMap, TrainingSet } from './types';

/** Draws a (question, missing skill) pair; Algorithm 1 prints 3, the text and the authors' README 5. */
export const paperDrawsPerSkill = 5;

export interface Selection {
  /** Indices into the pool, repeats kept. */
  rows: number[];
  /** Missing skills without a single pool row, and how many draws each lost. */
  unfilled: Map<string, number>;
}

/**
 * STAT-Sel as the paper builds it: for each difficult question and each skill it misses, `drawsPerSkill` rows, uniform
 * with replacement, from the pool rows carrying that skill. Each pair has its own random stream, so that one verdict
 * more or less never changes the rows of the others.
 */
export function statSel(judgements: readonly MissingSkills[], map: SkillMap, drawsPerSkill: number, seed: number, keepJudgedCorrect = false): Selection {
  const selection: Selection = { rows: [], unfilled: new Map() };
  for (const { questionId, missing } of countedJudgements(judgements, keepJudgedCorrect)) {
    for (const skill of missing) {
      const carriers = map.get(skill) ?? [];
      if (carriers.length === 0) {
        selection.unfilled.set(skill, (selection.unfilled.get(skill) ?? 0) + drawsPerSkill);
        continue;
      }
      const random = new Random(seed, 'stat-sel', questionId, skill);
      for (let draw = 0; draw < drawsPerSkill; draw++) selection.rows.push(random.pick(carriers));
    }
  }
  return selection;
}

/**
 * STAT-Sel by rate: each of `draws` rows picks a skill in proportion to its missing rate, then a pool row that carries it.
 * `unfilled` holds the skills of non-zero rate without pool rows, with the draws they would have had.
 */
export function statSelByRate(profile: Profile, map: SkillMap, draws: number, seed: number): Selection {
  const missed = profile.entries.filter((entry) => entry.rate > 0);
  const total = missed.reduce((sum, entry) => sum + entry.rate, 0);
  const usable = missed.filter((entry) => map.has(entry.skill));
  const unfilled = new Map(
    missed.filter((entry) => !map.has(entry.skill)).map((entry) => [entry.skill, (draws * entry.rate) / total]));
  if (usable.length === 0) return { rows: [], unfilled };
  const random = new Random(seed, 'stat-sel-rate');
  const rates = usable.map((entry) => entry.rate);
  const rows = Array.from({ length: draws }, () => {
    const carriers = map.get(usable[random.weighted(rates)].skill) ?? [];
    return random.pick(carriers);
  });
  return { rows, unfilled };
}

/**
 * w(x) = Σ_{s∈x} v_s / |Skill-Map(s)| over the whole pool, v_s the count n_s or the rate: a row's expected share of the
 * draws above, normalised to mean 1. With a `cap`, weights are cut there and normalised once more, so the largest may end
 * slightly above it. An empty profile gives all zeros.
 */
export function poolWeights(profile: Profile, map: SkillMap, poolSize: number, by: 'count' | 'rate', cap = Infinity): number[] {
  const weights = new Array<number>(poolSize).fill(0);
  for (const entry of profile.entries) {
    const carriers = map.get(entry.skill) ?? [];
    for (const index of carriers) weights[index] += entry[by] / carriers.length;
  }
  const normalised = meanOne(weights);
  return cap === Infinity ? normalised : meanOne(normalised.map((weight) => Math.min(weight, cap)));
}

/** Scales to mean 1; all zeros stay zeros. */
export function meanOne(weights: readonly number[]): number[] {
  const mean = weights.reduce((sum, weight) => sum + weight, 0) / weights.length;
  return mean > 0 ? weights.map((weight) => weight / mean) : [...weights];
}

/** (Σw)² / Σw²: how many equally weighted rows carry as much; between 1 and the number of rows, 0 for none. */
export function effectiveSampleSize(weights: readonly number[]): number {
  let sum = 0;
  let squares = 0;
  for (const weight of weights) {
    sum += weight;
    squares += weight * weight;
  }
  return squares > 0 ? (sum * sum) / squares : 0;
}

/** The same training set with repeats turned into loss weight: distinct rows, ascending, multiplicity as weight, mean 1. */
export function weightsFromDraws(rows: readonly number[]): TrainingSet {
  const multiplicity = new Map<number, number>();
  for (const row of rows) multiplicity.set(row, (multiplicity.get(row) ?? 0) + 1);
  const distinct = [...multiplicity.keys()].sort((a, b) => a - b);
  return { rows: distinct, weights: meanOne(distinct.map((row) => multiplicity.get(row) ?? 0)) };
}

/** `count` ordinary pool rows: seeded shuffles of the whole pool, one after another, so none repeats before all were used. */
export function ordinaryRows(poolSize: number, count: number, seed: number): number[] {
  const rows: number[] = [];
  if (poolSize === 0) return rows;
  for (let epoch = 0; rows.length < count; epoch++) {
    const order = new Random(seed, 'ordinary', epoch).shuffle(Array.from({ length: poolSize }, (_, i) => i));
    for (const row of order.slice(0, count - rows.length)) rows.push(row);
  }
  return rows;
}

/** Class-balanced draws: a main skill uniformly, then one of its rows uniformly. `byMainSkill` maps it to pool indices. */
export function balancedRows(byMainSkill: ReadonlyMap<string, readonly number[]>, draws: number, seed: number): number[] {
  const random = new Random(seed, 'balanced');
  const classes = [...byMainSkill.values()];
  return Array.from({ length: draws }, () => random.pick(random.pick(classes)));
}

/** The shuffled-profile control's dictionary: a random permutation of the names (fixed points may occur). */
export function permutedSkills(names: Iterable<string>, seed: number): Map<string, string> {
  const sorted = [...new Set(names)].sort();
  const images = new Random(seed, 'shuffled-profile').shuffle([...sorted]);
  return new Map(sorted.map((name, i) => [name, images[i]]));
}
