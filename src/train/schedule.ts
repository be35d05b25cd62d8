/** Learning rate of each step. */
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
