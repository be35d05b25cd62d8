/** A skill's family of questions: how operands are drawn, the ways to ask, and the working. */

import type { Random } from '../../core/random';
import type { Skill } from '../types';
import { valueOf, type Step } from './working';

export interface Problem {
  /** Names the operands and the form, never the wording: two problems with equal operands are the same question to a student. */
  operands: string;
  /** Wordings used in training and in-distribution evaluation. */
  plain: string[];
  /** Wordings no student is ever trained on. */
  reworded: string[];
  steps: Step[];
  final: string;
}

export interface Family extends Skill {
  /** Draws a problem; `larger` takes the operand range that is kept for the out-of-distribution set. */
  draw(random: Random, larger: boolean): Problem;
}

/** The usual problem: its last step gives the answer. */
export function problem(operands: string, steps: Step[], plain: string[], reworded: string[] = []): Problem {
  return { operands, plain, reworded, steps, final: String(valueOf(steps)) };
}
