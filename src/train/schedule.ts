/** What changes of the update from step to step. */
import { RING } from './trainStep';
import type { TrainOptions } from './types';

/** @param step from 1 to options.steps. Linear warm-up, then linear or cosine down to `finalShare` of the peak, or constant. */
export function learningRateAt(step: number, options: Pick<TrainOptions, 'learningRate' | 'warmup' | 'steps' | 'schedule' | 'finalShare'>): number {
  const { learningRate, warmup, steps, schedule, finalShare } = options;
  if (step <= warmup) return (learningRate * step) / warmup;
  if (schedule === 'constant' || steps <= warmup) return learningRate;
  const progress = (step - warmup) / (steps - warmup);
  const share = schedule === 'linear' ? 1 - progress : 0.5 * (1 + Math.cos(Math.PI * progress));
  return learningRate * (finalShare + (1 - finalShare) * share);
}

/** The numbers of one AdamW update, as `emitUpdate` reads them. @param step from 1. */
export function adamwHyper(step: number, learningRate: number, options: Pick<TrainOptions, 'beta1' | 'beta2' | 'epsilon' | 'weightDecay' | 'clip'>): Float32Array {
  const { beta1, beta2, epsilon, weightDecay, clip } = options;
  return Float32Array.of(learningRate, beta1, beta2, epsilon, weightDecay, clip, 1 - beta1 ** step, 1 - beta2 ** step, step % RING, step);
}
