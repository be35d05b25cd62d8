/** Stage 1: which validation questions count as difficult (paper §2.1). */
import type { Response } from '../data/types';

/** How difficulty is decided. `graded`: the graded answer is wrong, which needs reference answers and no reward model. */
export type DifficultyRule = { kind: 'graded' };

/** Ids of the difficult questions, in the order of `responses`, each once. */
export function difficultQuestions(responses: readonly Response[], rule: DifficultyRule = { kind: 'graded' }): string[] {
  switch (rule.kind) {
    case 'graded':
      return difficultByGrade(responses);
  }
}

/** A question is difficult when any of its responses is graded wrong. */
export function difficultByGrade(responses: readonly Response[]): string[] {
  const wrong = new Set<string>();
  for (const response of responses) if (!response.correct) wrong.add(response.questionId);
  return [...wrong];
}
