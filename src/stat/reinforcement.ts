/** What reinforcement does where an arm does not say, and what it asks of a teacher at most. */
import type { Reinforcement } from './types';

export const defaultReinforcement: Reinforcement = {
  updates: 60, updatesEach: 1, questions: 16, group: 8, ask: 'all', kl: 0, scale: 'std', mean: 'answer', formatReward: 0, gradedBy: 'rules',
};

/** Answers it draws: the teacher is asked about those that the grader calls wrong, so at most about all of them. */
export function answersDrawn(reinforcement: Partial<Reinforcement> = {}): number {
  const { updates, updatesEach, questions, group } = { ...defaultReinforcement, ...reinforcement };
  return Math.ceil(updates / updatesEach) * questions * group;
}
