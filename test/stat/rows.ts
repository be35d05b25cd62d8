/** Small records for the tests of the method. */
import type { Question, Response } from '../../src/data/types';
import type { MissingSkills } from '../../src/stat/types';

export function question(id: string, ...skills: string[]): Question {
  return { id, question: `q ${id}`, answer: `a ${id}`, skills };
}

export function response(questionId: string, correct: boolean): Response {
  return { questionId, text: `r ${questionId}`, correct, rule: 'test' };
}

export function verdict(questionId: string, missing: string[], judgedCorrect = false): MissingSkills {
  return { questionId, missing, judgedCorrect, reason: '' };
}

/** A pool with `counts[s]` rows whose only skill is s, in the order of the keys. */
export function poolOf(counts: Record<string, number>): Question[] {
  return Object.entries(counts).flatMap(([skill, n]) => Array.from({ length: n }, (_, i) => question(`${skill}-${i}`, skill)));
}
