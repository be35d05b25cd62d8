/** Row kernels work on vec4f where the width allows and on f32 elsewhere; this picks, and counts in those units. */
import { ceilDiv, type Target } from '../graph';

export interface Lanes {
  /** Elements in one vector: 4 or 1. */
  size: number;
  settings: Readonly<Record<string, string>>;
}

/** @param widths every row width the kernel indexes by, in elements. */
export function vectorsFor(...widths: number[]): Lanes {
  return widths.every((width) => width % 4 === 0) ? { size: 4, settings: {} } : { size: 1, settings: { V: 'f32' } };
}

/** How the lanes of a row add up what each has found: inside a quad where there is one, which needs no barrier. */
export function rowSettings({ lanes, quads }: Target): { LANES: number; QUAD: boolean; TREE: boolean } {
  const quad = lanes === 4 && quads > 0;
  return { LANES: lanes, QUAD: quad, TREE: !quad };
}

/** Units of the processor's elementwise kernels (kernels/elementwise.ts). */
export function blocksOf(count: number): number {
  return ceilDiv(count, 4096);
}
