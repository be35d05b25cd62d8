/** The learning rates every arm tries, as a person writes them, and how many trainings come of it. */
import type { ArmSpec } from '../../../stat/types';
import { variantsOf } from '../../../stat/variants';

const MOST_RATES = 10;

/** Rates apart by commas or spaces, each between 0 and 1, at most ten; undefined where that is not what is written. */
export function readRates(text: string): number[] | undefined {
  const rates = [...new Set(text.split(/[\s,;]+/).filter((part) => part !== '').map(Number))];
  return rates.length > 0 && rates.length <= MOST_RATES && rates.every((rate) => rate > 0 && rate < 1) ? rates : undefined;
}

/** The rates an arm tries. */
export function ratesOf({ learningRate, learningRates }: ArmSpec): number[] {
  return learningRates?.length ? [...new Set(learningRates)] : [learningRate];
}

/** What all trained arms try, where they try the same; reinforcement has its own. */
export function commonRates(arms: readonly ArmSpec[]): number[] | undefined {
  const all = arms.filter(followsGrid).map(ratesOf);
  return all.length > 0 && all.every((rates) => rates.join() === all[0].join()) ? all[0] : undefined;
}

/** The arms with those rates. */
export function withRates(arms: readonly ArmSpec[], rates: readonly number[]): ArmSpec[] {
  return arms.map((arm) => (followsGrid(arm) ? { ...arm, learningRate: rates[0], learningRates: rates.length > 1 ? [...rates] : undefined } : arm));
}

/** Runs that will be trained: every arm at each of its rates and shares of ordinary rows. */
export function trainingsOf(arms: readonly ArmSpec[]): number {
  return arms.reduce((sum, arm) => sum + (arm.kind === 'base' ? 0 : ratesOf(arm).length * variantsOf(arm).length), 0);
}

function followsGrid({ kind }: ArmSpec): boolean {
  return kind !== 'base' && kind !== 'grpo';
}
