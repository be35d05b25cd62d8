/** What must be known of a reinforced run for its memory to be told: the student that is trained, the copy that writes, and the one that stays. */
import type { DeviceShape } from '../gpu/device';
import type { StudentShape } from '../model/types';
import { capacityFor, mostTokens } from './batch';
import type { TrainingPlan } from './memory';
import type { TrainMethod } from './types';

/** Answers in flight at once. */
const MOST_SLOTS = 64;
/** Ribbons come in so many sizes: how much a batch of answers takes is not known before it is drawn. */
const SIZES = 4;

/** What of a reinforced run decides how much it holds. */
export interface ReinforcementSizes extends TrainMethod {
  /** Questions a batch. */
  questions: number;
  /** Answers a question. */
  group: number;
  /** Updates each batch of rollouts serves: its answers are split over them. 1 is on-policy. */
  updatesEach: number;
  /** Of an answer. */
  maxTokens: number;
  /** Weight of the KL term to the reference; 0 leaves it out. */
  kl: number;
  /** Passes that an update's gradients are collected over, at least. Absent: 1. */
  accumulate?: number;
}

/** @param longest prompt, in tokens. */
export function reinforcementPlan({ limits }: Pick<DeviceShape, 'limits'>, { config, adapter, packing }: StudentShape, options: ReinforcementSizes, longest: number): TrainingPlan {
  const { questions, group, maxTokens, updatesEach, kl, accumulate = 1, recompute, optimizer } = options;
  const context = longest + maxTokens + 1;
  const answers = questions * group;
  const sizesOf = (passes: number) => {
    const largest = capacityFor(Math.max(context, Math.min(mostTokens(limits, config), Math.ceil((context * answers) / passes))));
    return [...new Set(Array.from({ length: SIZES }, (_, i) => capacityFor((largest * (SIZES - i)) / SIZES)))];
  };
  return {
    config, adapter, packing, recompute, optimizer, accumulate, sizesOf, scored: updatesEach > 1 || kl > 0 ? sizesOf : undefined,
    rollouts: { slots: Math.min(MOST_SLOTS, answers), context, maxTokens }, reference: kl > 0,
  };
}

/** Of the longest, in tokens. */
export function longestOf(prompts: readonly { length: number }[]): number {
  return prompts.reduce((most, { length }) => Math.max(most, length), 1);
}
