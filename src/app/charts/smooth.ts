/** The running mean behind a chart's strong line. */

/**
 * Exponential mean with `memory` in [0, 1), corrected for its start so that the first value is the first value
 * (without the correction the line would begin at zero). Values that are not finite are passed over.
 */
export function smoothed(values: readonly number[], memory: number): Float64Array {
  const out = new Float64Array(values.length);
  let mean = 0;
  let weight = 0;
  for (let i = 0; i < values.length; i++) {
    if (Number.isFinite(values[i])) {
      mean = memory * mean + (1 - memory) * values[i];
      weight = memory * weight + (1 - memory);
    }
    out[i] = weight > 0 ? mean / weight : NaN;
  }
  return out;
}
