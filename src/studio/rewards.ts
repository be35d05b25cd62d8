/** What GRPO rewards: a right answer, and a share for keeping to the form. */
import type { Question, Response } from '../data/types';
import type { Grader, Verdict } from '../grade/graders';
import type { Student } from '../model/types';
import type { RewardOf } from '../train/grpo';
import type { SecondOpinion } from './secondOpinion';

export interface GradedAnswer extends Verdict {
  question: Question;
  text: string;
  truncated: boolean;
  reward: number;
  /** The teacher was asked and gave no verdict: the grader's stands. */
  unjudged?: boolean;
}

/** Another opinion of answers that the grader calls wrong: the responses to `questions`, one each, and what it failed on. */
export type Judge = (questions: readonly Question[], responses: readonly Response[]) => Promise<SecondOpinion>;

/**
 * 1 for a right answer; `format` more for one that ends by itself with an answer in it, right or wrong.
 * @param onGraded called with the answers of each batch, in order.
 * @param judge asked about what the grader calls wrong.
 */
export function gradedRewards(
  student: Student, questions: readonly Question[], grader: Grader, format: number, onGraded: (graded: GradedAnswer[]) => void, judge?: Judge,
): RewardOf {
  return async (answers) => {
    // A group answers one question many times: each answer gets an id of its own.
    const asked = answers.map(({ question }, i): Question => ({ ...questions[question], id: `${questions[question].id}#${i}` }));
    const byRules = answers.map(({ ids, truncated }, i): Response => {
      const text = student.tokenizer.decode(ids);
      return { questionId: asked[i].id, text, truncated, ...grader(asked[i].answer, text) };
    });
    const { responses, failures } = judge ? await judge(asked, byRules) : { responses: byRules, failures: [] };
    const unjudged = new Set(failures.map(({ row }) => row));
    const graded = responses.map(({ questionId, text, correct, extracted, rule }, i): GradedAnswer => {
      const { question, truncated } = answers[i];
      const reward = (correct ? 1 : 0) + (!truncated && extracted !== undefined ? format : 0);
      return { correct, extracted, rule, question: questions[question], text, truncated, reward, ...(unjudged.has(questionId) && { unjudged: true }) };
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
