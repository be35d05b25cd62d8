/** How far two passes of a teacher over the same wrong answers agree. */
import type { MissingSkills } from './types';

export interface SkillAgreement {
  skill: string;
  both: number;
  onlyFirst: number;
  onlySecond: number;
  neither: number;
  /** Cohen's kappa; undefined where one pass always, or never, names the skill and so does the other. */
  kappa?: number;
}

export interface Agreement {
  /** Judged in both passes. */
  questions: number;
  /** In alphabetical order of the skills. */
  skills: SkillAgreement[];
  /** Mean over questions of |both| / |either|; two empty lists agree wholly. Undefined without questions. */
  jaccard?: number;
  /** On whether the answer is right after all. */
  judgedCorrectKappa?: number;
}

/** Over the questions in both; the last verdict a question counts. */
export function judgementAgreement(first: readonly MissingSkills[], second: readonly MissingSkills[]): Agreement {
  const later = new Map(second.map((judgement) => [judgement.questionId, judgement]));
  const earlier = new Map(first.map((judgement) => [judgement.questionId, judgement]));
  const pairs = [...earlier].flatMap(([id, a]) => {
    const b = later.get(id);
    return b ? [{ a: new Set(a.missing), b: new Set(b.missing), rightA: a.judgedCorrect, rightB: b.judgedCorrect }] : [];
  });
  const names = [...new Set(pairs.flatMap(({ a, b }) => [...a, ...b]))].sort();
  const overlap = pairs.map(({ a, b }) => {
    const either = new Set([...a, ...b]).size;
    return either === 0 ? 1 : [...a].filter((skill) => b.has(skill)).length / either;
  });
  return {
    questions: pairs.length,
    skills: names.map((skill) => table(skill, pairs.map(({ a, b }) => [a.has(skill), b.has(skill)]))),
    jaccard: pairs.length === 0 ? undefined : overlap.reduce((sum, x) => sum + x, 0) / pairs.length,
    judgedCorrectKappa: table('', pairs.map(({ rightA, rightB }) => [rightA, rightB])).kappa,
  };
}

function table(skill: string, pairs: readonly (readonly [boolean, boolean])[]): SkillAgreement {
  const count = (x: boolean, y: boolean): number => pairs.filter(([a, b]) => a === x && b === y).length;
  const [both, onlyFirst, onlySecond, neither] = [count(true, true), count(true, false), count(false, true), count(false, false)];
  const n = pairs.length;
  const observed = (both + neither) / n;
  const chance = ((both + onlyFirst) * (both + onlySecond) + (neither + onlyFirst) * (neither + onlySecond)) / (n * n);
  return { skill, both, onlyFirst, onlySecond, neither, kappa: n === 0 || chance === 1 ? undefined : (observed - chance) / (1 - chance) };
}
