/** Rank correlation. */

/** Spearman's correlation with average ranks for ties; undefined for fewer than two pairs or a constant side. */
export function spearman(x: readonly number[], y: readonly number[]): number | undefined {
  if (x.length !== y.length) throw new RangeError('spearman: both sides need the same length');
  if (x.length < 2) return undefined;
  const a = averageRanks(x);
  const b = averageRanks(y);
  // Average ranks always sum to n(n+1)/2, so both sides share one mean.
  const mean = (x.length + 1) / 2;
  let both = 0;
  let aa = 0;
  let bb = 0;
  for (let i = 0; i < a.length; i++) {
    both += (a[i] - mean) * (b[i] - mean);
    aa += (a[i] - mean) ** 2;
    bb += (b[i] - mean) ** 2;
  }
  return aa === 0 || bb === 0 ? undefined : both / Math.sqrt(aa * bb);
}

/** Ranks from 1; equal values share the mean of their ranks. */
export function averageRanks(values: readonly number[]): Float64Array {
  const order = values.map((_, i) => i).sort((i, j) => values[i] - values[j]);
  const ranks = new Float64Array(values.length);
  for (let start = 0; start < order.length; ) {
    let end = start;
    while (end + 1 < order.length && values[order[end + 1]] === values[order[start]]) end++;
    for (let i = start; i <= end; i++) ranks[order[i]] = (start + end) / 2 + 1;
    start = end + 1;
  }
  return ranks;
}
