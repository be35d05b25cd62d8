/** The rules of difficulty in plain words. */
import type { DifficultyRule } from '../../stat/difficulty';

export const RULE_WORDS: Record<DifficultyRule['kind'], { title: string; does: string }> = {
  graded: { title: 'Graded wrong', does: 'The answer is compared with the reference. Simple, and not a guess, wherever there are references.' },
  process: {
    title: 'Scores of the steps',
    does:
      'Each step of each answer is scored from 0 to 1 without the reference: difficult when the last step or the mean is low, or an ' +
      'earlier step is very low. The built-in teacher scores a step by its own working, so it is exact in the built-in worlds; it does ' +
      'not see that an answer stops too early.',
  },
  consistency: {
    title: 'Samples disagree',
    does: 'The student answers each question several times at random; difficult where too few of its answers are the same. It needs no reference.',
  },
  length: { title: 'Long answers', does: 'Difficult where the answer is long: a rough sign for models that write much when they are lost. It needs no reference.' },
};
