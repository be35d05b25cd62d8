/** What if a skill counted more: weights by hand, the practice they make, and what they should change before anything is trained. */
import { Random } from '../core/random';
import type { Question } from '../data/types';
import { meanOne } from './select';
import { mainSkill } from './skills';

/** Skill → how many times as much its rows count; skills left out count once. */
export type SkillFactors = Readonly<Record<string, number>>;

/** One weight a row, mean 1: the mean of its skills' factors; a row without skills counts once. */
export function factorWeights(questions: readonly Question[], factors: SkillFactors): number[] {
  return meanOne(questions.map(({ skills }) => {
    const own = new Set(skills);
    return own.size === 0 ? 1 : [...own].reduce((sum, skill) => sum + (factors[skill] ?? 1), 0) / own.size;
  }));
}

/** `draws` rows with repeats, each row as often as its weight says. */
export function weightedDraws(weights: readonly number[], draws: number, seed: number): number[] {
  const upTo: number[] = [];
  let total = 0;
  for (const weight of weights) upTo.push((total += weight));
  const random = new Random(seed, 'weighted draws');
  return Array.from({ length: draws }, () => {
    const at = random.float() * total;
    let [low, high] = [0, upTo.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (upTo[middle] > at) high = middle;
      else low = middle + 1;
    }
    return low;
  });
}

/** Share of the weight that rows of each main skill carry. */
export function weightShares(questions: readonly Question[], weights: readonly number[]): Map<string, number> {
  const shares = new Map<string, number>();
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  questions.forEach((question, i) => {
    const skill = mainSkill(question);
    if (skill !== undefined) shares.set(skill, (shares.get(skill) ?? 0) + weights[i] / total);
  });
  return shares;
}

/** How practice of one skill helps another, to first order. */
export interface Alignment {
  skills: string[];
  /** matrix[s][t] = ⟨g_s, P g_t⟩: what a step on skill s takes off the loss of skill t, in nats a unit of learning rate. */
  matrix: number[][];
}

/**
 * By first order in the step: practising with shares `after` in place of `before` changes the loss of skill t by
 * −Σ_s (after_s − before_s) · matrix[s][t] a unit of learning rate. Negative is better than the practice it is compared with.
 */
export function predictedChange({ skills, matrix }: Alignment, before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>): Map<string, number> {
  return new Map(skills.map((target, t) => [
    target,
    -skills.reduce((sum, source, s) => sum + ((after.get(source) ?? 0) - (before.get(source) ?? 0)) * matrix[s][t], 0),
  ]));
}
