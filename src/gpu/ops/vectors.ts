/** Row kernels work on vec4f where the width allows and on f32 elsewhere; this picks, and counts in those units. */

export interface Lanes {
  /** Elements in one vector: 4 or 1. */
  size: number;
  settings: Readonly<Record<string, string>>;
}

/** @param widths every row width the kernel indexes by, in elements. */
export function vectorsFor(...widths: number[]): Lanes {
  return widths.every((width) => width % 4 === 0) ? { size: 4, settings: {} } : { size: 1, settings: { V: 'f32' } };
}
