/** What GRPO rewards: a right answer, and a share for keeping to the form. */
import type { Question } from '../data/types';
import type { Grader, Verdict } from '../grade/graders';
import type { Student } from '../model/types';
import type { RewardOf } from '../train/grpo';

export interface GradedAnswer extends Verdict {
  question: Question;
  text: string;
  truncated: boolean;
  reward: number;
}

/**
 * 1 for a right answer; `format` more for one that ends by itself with an answer in it, right or wrong.
 * @param onGraded called with the answers of each batch, in order.
 */
export function gradedRewards(
  student: Student, questions: readonly Question[], grader: Grader, format: number, onGraded: (graded: GradedAnswer[]) => void,
): RewardOf {
  return async (answers) => {
    const graded = answers.map(({ question, ids, truncated }): GradedAnswer => {
      const asked = questions[question];
      const text = student.tokenizer.decode(ids);
      const verdict = grader(asked.answer, text);
      const reward = (verdict.correct ? 1 : 0) + (!truncated && verdict.extracted !== undefined ? format : 0);
      return { ...verdict, question: asked, text, truncated, reward };
    });
    onGraded(graded);
    return graded.map(({ reward }) => reward);
  };
}

/** Mean reward by skill. */
export function rewardBySkill(graded: readonly GradedAnswer[]): { skill: string; reward: number; answers: number }[] {
  const sums = new Map<string, { reward: number; answers: number }>();
  for (const { question, reward } of graded) {
    for (const skill of question.skills) {
      const sum = sums.get(skill) ?? { reward: 0, answers: 0 };
      sums.set(skill, { reward: sum.reward + reward, answers: sum.answers + 1 });
    }
  }
  return [...sums].sort(([a], [b]) => a.localeCompare(b)).map(([skill, { reward, answers }]) => ({ skill, reward: reward / answers, answers }));
}
