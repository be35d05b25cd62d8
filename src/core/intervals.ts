/** Intervals for shares, means over seeds and paired differences. */
import { Random } from './random';

/** `low` and `high` bound the 95 % (or stated) interval; absent where the data cannot give one. */
export interface Interval {
  mean: number;
  low?: number;
  high?: number;
}

/** 97.5 % point of the standard normal. */
const z95 = 1.959963984540054;

/** Wilson's score interval of a share, 95 %: honest near 0 and 1 and for few trials. With no trials: no interval, mean 0. */
export function wilson(successes: number, trials: number): Interval {
  if (!(trials > 0)) return { mean: 0 };
  const share = successes / trials;
  const zz = z95 * z95;
  const centre = (share + zz / (2 * trials)) / (1 + zz / trials);
  const half = (z95 / (1 + zz / trials)) * Math.sqrt((share * (1 - share)) / trials + zz / (4 * trials * trials));
  return { mean: share, low: Math.max(0, centre - half), high: Math.min(1, centre + half) };
}

/** Mean of independent values (one a seed) with Student's t interval, 95 %. Fewer than two values: no interval. */
export function meanInterval(values: readonly number[]): Interval {
  const n = values.length;
  if (n === 0) return { mean: 0 };
  const mean = values.reduce((sum, x) => sum + x, 0) / n;
  if (n === 1) return { mean };
  const variance = values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (n - 1);
  const half = tQuantile(0.95, n - 1) * Math.sqrt(variance / n);
  return { mean, low: mean - half, high: mean + half };
}

/** t with P(|T| <= t) = `level` for a whole number of degrees of freedom. */
export function tQuantile(level: number, freedom: number): number {
  let low = 0;
  let high = 1;
  while (tWithin(high, freedom) < level) high *= 2;
  for (let i = 0; i < 80; i++) {
    const middle = (low + high) / 2;
    if (tWithin(middle, freedom) < level) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** P(|T| <= t): the finite trigonometric sums for whole degrees of freedom (Abramowitz and Stegun 26.7.3-4). */
function tWithin(t: number, freedom: number): number {
  const angle = Math.atan(t / Math.sqrt(freedom));
  const sine = Math.sin(angle);
  const cosine = Math.cos(angle);
  const odd = freedom % 2 === 1;
  let term = odd ? cosine : 1;
  let sum = odd && freedom === 1 ? 0 : term;
  for (let k = odd ? 3 : 2; k < freedom; k += 2) {
    term *= (cosine * cosine * (k - 1)) / k;
    sum += term;
  }
  return odd ? (2 / Math.PI) * (angle + sine * sum) : sine * sum;
}

export interface BootstrapOptions {
  seed: number;
  /** Default 2000. */
  resamples?: number;
  /** Default 0.95. */
  level?: number;
  /** One number a difference (a training seed): whole clusters are drawn first, then questions within each. */
  clusters?: readonly number[];
}

/**
 * Percentile bootstrap of the mean of paired differences (after - before, one a question).
 * Without clusters the questions are resampled; with them, clusters and then questions inside (both with replacement).
 */
export function pairedBootstrap(differences: readonly number[], options: BootstrapOptions): Interval {
  const n = differences.length;
  if (n === 0) return { mean: 0 };
  const groups = clusterGroups(differences, options.clusters);
  const resamples = options.resamples ?? 2000;
  const random = new Random(options.seed, 'bootstrap');
  const means = new Float64Array(resamples);
  for (let r = 0; r < resamples; r++) {
    let sum = 0;
    let drawn = 0;
    for (let g = 0; g < groups.length; g++) {
      const group = groups.length === 1 ? groups[0] : groups[random.below(groups.length)];
      for (let i = 0; i < group.length; i++) sum += group[random.below(group.length)];
      drawn += group.length;
    }
    means[r] = sum / drawn;
  }
  means.sort();
  const tail = (1 - (options.level ?? 0.95)) / 2;
  const mean = differences.reduce((sum, x) => sum + x, 0) / n;
  return { mean, low: quantile(means, tail), high: quantile(means, 1 - tail) };
}

function clusterGroups(differences: readonly number[], clusters?: readonly number[]): Float64Array[] {
  if (!clusters) return [Float64Array.from(differences)];
  if (clusters.length !== differences.length) throw new RangeError('pairedBootstrap: one cluster a difference');
  const groups = new Map<number, number[]>();
  clusters.forEach((cluster, i) => {
    const group = groups.get(cluster);
    if (group) group.push(differences[i]);
    else groups.set(cluster, [differences[i]]);
  });
  return [...groups.values()].map((group) => Float64Array.from(group));
}

/** Quantile of sorted values by linear interpolation. */
function quantile(sorted: Float64Array, at: number): number {
  const position = at * (sorted.length - 1);
  const below = Math.floor(position);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (sorted[above] - sorted[below]) * (position - below);
}
