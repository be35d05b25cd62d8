/** What training would hold, as a table and as JSON, for `fit` and `train --dry-run`; and the options that decide it. */
import type { DeviceShape } from '../gpu/device';
import { MEMORY_PARTS, trainingMemory, type TrainingPlan } from '../train/memory';
import { gigabytes, settingsThatFit, type OtherSettings } from '../train/room';
import { OPTIMIZERS, type TrainMethod } from '../train/types';
import type { Given, Result } from './command';

/** Options of `train` that change what it holds, beside the adapter's and `--base`. */
export const MEMORY_OPTIONS = { accumulate: { type: 'string' }, recompute: { type: 'boolean' }, optimizer: { type: 'string' }, 'memory-gb': { type: 'string' } } as const;
export const MEMORY_USAGE = '[--accumulate N] [--recompute] [--optimizer adamw|adamw8bit] [--memory-gb X]';

export function methodOf(given: Given): TrainMethod {
  return { recompute: given.flag('recompute'), optimizer: given.choice('optimizer', OPTIMIZERS, 'adamw') };
}

/** Bytes the device gives: what a person says it has, else what it tells itself. */
export function roomOf(given: Given, told: number | undefined): number | undefined {
  return given.text('memory-gb') === undefined ? told : given.number('memory-gb', 0, 1e-6) * 2 ** 30;
}

export async function memoryReport(device: DeviceShape, plan: TrainingPlan, room: number | undefined): Promise<Result> {
  const estimate = await trainingMemory(device, plan);
  const fits = room === undefined ? undefined : estimate.total <= room;
  const other = fits === false && room !== undefined ? await settingsThatFit(device, plan, room) : undefined;
  const suggestion = other && { options: inOptions(other.settings), total: other.estimate.total };
  const verdict = fits === undefined ? 'This device does not tell how much it has; --memory-gb says it.'
    : fits ? `It fits: there are ${gigabytes(room ?? 0)}.`
      : `It does not fit: there are ${gigabytes(room ?? 0)}. ${suggestion ? `With ${suggestion.options} it takes ${gigabytes(suggestion.total)}.` : 'No other settings would; use shorter examples or a smaller student.'}`;
  const lines = MEMORY_PARTS.filter((part) => estimate.parts[part] > 0).map((part) => row(part, estimate.parts[part]));
  return { json: { device: device.kind, ...estimate, room, fits, suggestion }, text: [...lines, row('in all', estimate.total), verdict].join('\n') };
}

function row(name: string, bytes: number): string {
  return `  ${name.padEnd(12)} ${gigabytes(bytes).padStart(9)}`;
}

/** As one would type them. */
function inOptions({ accumulate, recompute, optimizer, packing, adapter }: OtherSettings): string {
  return [
    ...(adapter ? [`--lora-rank ${adapter.settings.rank}`] : []), ...(accumulate ? [`--accumulate ${accumulate}`] : []), ...(recompute ? ['--recompute'] : []), ...(optimizer ? [`--optimizer ${optimizer}`] : []), ...(packing ? [`--base ${packing}`] : []),
  ].join(' ');
}
