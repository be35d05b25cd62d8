/** The bench's training step in our own engine. */
import type { Contestant } from './problem';

export async function oursStep(): Promise<Contestant> {
  throw new Error('our engine is not in the bench yet.');
}
