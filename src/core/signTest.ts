/** The exact sign test on what changed: McNemar's test with the binomial instead of chi-square. */

/** Two-sided p of `fixed` against `broken` under a fair coin; 1 when nothing changed. */
export function signTest(fixed: number, broken: number): number {
  const n = fixed + broken;
  if (n === 0) return 1;
  const fewer = Math.min(fixed, broken);
  let logTerm = -n * Math.LN2;
  let tail = Math.exp(logTerm);
  for (let k = 0; k < fewer; k++) {
    logTerm += Math.log((n - k) / (k + 1));
    tail += Math.exp(logTerm);
  }
  return Math.min(1, 2 * tail);
}
