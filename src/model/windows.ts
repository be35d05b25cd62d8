/** Which layers of a student see only a window of the text, as the families' configurations say it. */
import * as v from 'valibot';
import { StudioError } from '../core/errors';
import { maybe, size, unsupported } from './configFields';

export const windowFields = {
  sliding_window: maybe(size(1 << 24)),
  layer_types: maybe(v.array(v.string())),
};

/**
 * One a layer: tokens a query sees, 0 for all; undefined where every layer sees all.
 * @param slides what holds where the configuration does not list `layer_types`.
 * @throws StudioError `model-unsupported` for a kind of layer the engine lacks; `model-bad-config`.
 */
export function windowsOf(layers: number, window: number, types: string[] | null | undefined, slides: (layer: number) => boolean): number[] | undefined {
  const other = types?.find((type) => type !== 'full_attention' && type !== 'sliding_attention');
  if (other !== undefined) throw unsupported(`layers of the type "${other.slice(0, 40)}"`);
  if (types && types.length !== layers) {
    throw new StudioError('model-bad-config', `config.json has ${layers} layers and tells the type of ${types.length}.`, { where: 'layer_types' });
  }
  const windows = Array.from({ length: layers }, (_, layer) => ((types ? types[layer] === 'sliding_attention' : slides(layer)) ? window : 0));
  return windows.some((each) => each > 0) ? windows : undefined;
}
