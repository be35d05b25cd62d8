/** Negative log-likelihood of each token of a text, given those before it. */
import { StudioError } from '../core/errors';
import type { Engine } from '../gpu/device';
import type { Student } from '../model/types';
import { packRibbon } from './batch';
import { Scorer } from './scorer';

/**
 * @returns nats, one value a token after the first: entry i is for ids[i + 1].
 * @throws StudioError `prompt-too-long`
 */
export async function nll(engine: Engine, student: Student, ids: readonly number[]): Promise<number[]> {
  const { config } = student;
  if (ids.length > config.context) {
    throw new StudioError('prompt-too-long', `The text has ${ids.length} tokens; this student can read ${config.context}.`, { remedy: 'Shorten it.' });
  }
  if (ids.length < 2) return [];
  const ribbon = packRibbon([{ ids: [...ids], lossFrom: 1 }], [1]);
  const scorer = await Scorer.create(engine, student, ribbon.capacity);
  const losses = await scorer.score(ribbon);
  await scorer.dispose();
  return [...losses.subarray(0, ids.length - 1)];
}
