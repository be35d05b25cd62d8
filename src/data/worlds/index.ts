/** The built-in, procedural worlds. */

import { StudioError } from '../../core/errors';
import type { World } from '../types';
import { worldA } from './worldA';
import { worldB1 } from './worldB1';

export { tokenizerConfigJson } from './tokenizer';

export const worlds: World[] = [worldA, worldB1];

/** Throws `world-unknown`. */
export function worldById(id: string): World {
  const found = worlds.find((world) => world.id === id);
  if (found) return found;
  throw new StudioError('world-unknown', `There is no built-in world "${id}".`, {
    remedy: `The built-in worlds are ${worlds.map((world) => world.id).join(' and ')}.`,
  });
}
