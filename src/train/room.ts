/** Whether training fits a device, and which other settings would. */
import { StudioError } from '../core/errors';
import type { DeviceShape, Engine } from '../gpu/device';
import type { Packing } from '../gpu/packing';
import type { AdapterSettings } from '../model/types';
import { trainingMemory, type MemoryEstimate, type TrainingPlan } from './memory';
import type { Optimizer } from './types';

/** Settings in place of those of a plan; what is absent stays as it is. */
export interface OtherSettings {
  accumulate?: number;
  recompute?: boolean;
  optimizer?: Optimizer;
  packing?: Packing;
  adapter?: { settings: AdapterSettings };
}

const SUGGESTED_ADAPTER: AdapterSettings = { rank: 16, alpha: 32, dropout: 0, targets: 'all-linear', rankStabilised: false };

/**
 * The first settings that fit into `room` bytes, from what changes least to what changes most: more passes a step, which sum to the same;
 * activations made again; moments in 8 bits; an adapter in place of all
 * weights; frozen weights packed. Undefined: none does.
 */
export async function settingsThatFit(device: DeviceShape, plan: TrainingPlan, room: number): Promise<{ settings: OtherSettings; estimate: MemoryEstimate } | undefined> {
  for (const settings of ladder(plan)) {
    const estimate = await trainingMemory(device, { ...plan, ...settings });
    if (estimate.total <= room) return { settings, estimate };
  }
  return undefined;
}

/** Each rung keeps what the ones before have changed, but for the moments of weights that an adapter leaves alone. */
function* ladder(plan: TrainingPlan): Generator<OtherSettings> {
  let settings: OtherSettings = {};
  // Where a pass is as large as the device takes at once, a few more passes may change nothing yet.
  const least = plan.sizesOf(Number.MAX_SAFE_INTEGER)[0];
  for (let accumulate = 2 * plan.accumulate, size = plan.sizesOf(plan.accumulate)[0]; size > least; accumulate *= 2) {
    const smaller = plan.sizesOf(accumulate)[0];
    if (smaller < size) yield (settings = { ...settings, accumulate });
    size = smaller;
  }
  if (!plan.recompute) yield (settings = { ...settings, recompute: true });
  if (!plan.adapter && plan.optimizer !== 'adamw8bit') yield { ...settings, optimizer: 'adamw8bit' };
  if (!plan.adapter) yield (settings = { ...settings, adapter: { settings: SUGGESTED_ADAPTER } });
  for (const packing of ['q8', 'q4'] as const) if (plan.packing !== packing && plan.packing !== 'q4') yield (settings = { ...settings, packing });
}

/** @throws StudioError `train-too-large` where the device tells what it holds and that is less. */
export async function needsRoom(engine: Engine, plan: TrainingPlan, estimate: MemoryEstimate): Promise<void> {
  if (engine.room === undefined) return;
  const room = engine.room - engine.allocated.now;
  if (estimate.total <= room) return;
  const other = await settingsThatFit(engine.shape, plan, room);
  throw new StudioError('train-too-large', `Training would take ${gigabytes(estimate.total)}; this device gives ${gigabytes(room)}.`, {
    kept: 'Nothing was started.',
    remedy: other ? `It fits in ${gigabytes(other.estimate.total)} with ${inWords(other.settings)}.` : 'Use shorter examples or a smaller student.',
  });
}

/** As a person would say it: `4 passes a step, weights in q8`. */
export function inWords({ accumulate, recompute, optimizer, packing, adapter }: OtherSettings): string {
  return [
    ...(adapter ? [`an adapter of rank ${adapter.settings.rank} in place of all weights`] : []),
    ...(accumulate ? [`${accumulate} passes a step`] : []),
    ...(recompute ? ['activations made again'] : []),
    ...(optimizer ? ['moments in 8 bits'] : []),
    ...(packing ? [`frozen weights in ${packing}`] : []),
  ].join(', ');
}

export function gigabytes(bytes: number): string {
  return bytes < 2 ** 29 ? `${(bytes / 2 ** 20).toFixed(0)} MB` : `${(bytes / 2 ** 30).toFixed(2)} GB`;
}
