/** Skill-Map and main skill (paper §2; App. C.3.1). */
import type { Question } from '../data/types';
import type { SkillMap } from './types';

/** Skill-Map: each skill with the indices, ascending, of the questions that carry it. A question counts once a skill. */
export function skillMap(questions: readonly Question[]): SkillMap {
  const map: SkillMap = new Map();
  questions.forEach((question, index) => {
    for (const skill of new Set(question.skills)) {
      const carriers = map.get(skill);
      if (carriers) carriers.push(index);
      else map.set(skill, [index]);
    }
  });
  return map;
}

/** What the question is about: its first skill; undefined for a question without labels. */
export function mainSkill(question: Question): string | undefined {
  return question.skills[0];
}
