/** Row kernels work on vec4f where the width allows and on f32 elsewhere; this picks, and counts in those units. */
import { ceilDiv } from '../graph';

export interface Lanes {
  /** Elements in one vector: 4 or 1. */
  size: number;
  settings: Readonly<Record<string, string>>;
}

/** @param widths every row width the kernel indexes by, in elements. */
export function vectorsFor(...widths: number[]): Lanes {
  return widths.every((width) => width % 4 === 0) ? { size: 4, settings: {} } : { size: 1, settings: { V: 'f32' } };
}

/** Units of the processor's elementwise kernels (kernels/elementwise.ts). */
export function blocksOf(count: number): number {
  return ceilDiv(count, 4096);
}
