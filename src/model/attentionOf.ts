/** How a layer of a student attends: what its configuration says of window, scale and cap. */
import type { AttentionOptions } from '../gpu/ops/attention';
import type { ModelConfig } from './types';

export function attentionOf(config: ModelConfig, layer: number): AttentionOptions {
  const { windows, scoreScale, scoreCap } = config;
  return { window: windows?.[layer], scale: scoreScale, cap: scoreCap };
}
