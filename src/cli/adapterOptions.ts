/** The options that say which adapter is trained. */
import { StudioError } from '../core/errors';
import { adaptedWeights, freshAdapter } from '../model/adapter';
import type { AdapterSettings, ModelConfig, Student } from '../model/types';
import type { Given } from './command';

export const ADAPTER_OPTIONS = {
  'lora-rank': { type: 'string' }, 'lora-alpha': { type: 'string' }, 'lora-dropout': { type: 'string' }, 'lora-targets': { type: 'string' },
  rslora: { type: 'boolean' },
} as const;

export const ADAPTER_USAGE = '--lora-rank N [--lora-alpha X] [--lora-dropout X] [--lora-targets all-linear|q_proj,v_proj,…] [--rslora]';

/** Undefined where no new adapter is asked for. @throws StudioError `cli-arguments`, `adapter-unknown-target` */
export function adapterSettings(given: Given, config: ModelConfig): AdapterSettings | undefined {
  if (given.text('lora-rank') === undefined) {
    const odd = ['lora-alpha', 'lora-dropout', 'lora-targets'].find((name) => given.text(name) !== undefined);
    if (odd !== undefined || given.flag('rslora')) throw new StudioError('cli-arguments', `--${odd ?? 'rslora'} needs --lora-rank.`);
    return undefined;
  }
  const rank = given.integer('lora-rank', 16, 1, 4096);
  const targets = given.text('lora-targets') ?? 'all-linear';
  const settings = {
    rank,
    alpha: given.number('lora-alpha', 2 * rank, 1e-6),
    dropout: given.number('lora-dropout', 0, 0, 0.99),
    targets: targets === 'all-linear' ? targets : targets.split(','),
    rankStabilised: given.flag('rslora'),
  } as const;
  adaptedWeights(config, settings);
  return settings;
}

/** Puts the adapter that is asked for on the student. @throws StudioError `cli-arguments` where there is one already */
export function addAdapter(given: Given, student: Student, seed: number): void {
  const settings = adapterSettings(given, student.config);
  if (!settings) return;
  if (student.adapter) throw new StudioError('cli-arguments', '--adapter goes on with its own rank and targets; leave --lora-rank out.');
  student.adapter = freshAdapter(student.config, settings, seed);
}
