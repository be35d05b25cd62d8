/** Skill-Map, profile and weights of a labelled pool for answers known to be wrong: no teacher, each wrong answer misses what its question is labelled with. */
import type { Question } from '../data/types';
import { profileFrom } from './profile';
import { effectiveSampleSize, poolWeights } from './select';
import { skillMap } from './skills';
import type { MissingSkills, Profile } from './types';

export interface SkillReport {
  /** The most frequent first. */
  skills: { skill: string; questions: number }[];
  unlabelled: number;
  profile: Profile;
  /** One a pool row, mean 1; all 0 where nothing is wrong. */
  weights: number[];
  effectiveSampleSize: number;
}

/** `wrong`: ids of questions of the pool. `by`: the paper's counts, or the rate. */
export function skillReport(pool: readonly Question[], wrong: ReadonlySet<string>, by: 'count' | 'rate' = 'count'): SkillReport {
  const map = skillMap(pool);
  const judgements = pool.filter(({ id }) => wrong.has(id)).map(({ id, skills }): MissingSkills =>
    ({ questionId: id, judgedCorrect: false, missing: skills, reason: 'The labels of the question.' }));
  const profile = profileFrom(judgements, pool, { order: by });
  const weights = poolWeights(profile, map, pool.length, by);
  return {
    skills: [...map].map(([skill, carriers]) => ({ skill, questions: carriers.length })).sort((a, b) => b.questions - a.questions || (a.skill < b.skill ? -1 : 1)),
    unlabelled: pool.filter((question) => question.skills.length === 0).length,
    profile, weights, effectiveSampleSize: effectiveSampleSize(weights),
  };
}
