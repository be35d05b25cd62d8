/** Several samples a question: pass@k without bias, and the mean over samples. */
import type { Response } from '../data/types';

/**
 * 1 − C(n−c, k) / C(n, k): the chance that k of n samples, c of them right, hold a right one (Chen et al. 2021, eq. 1). Undefined
 * for fewer samples than k.
 */
export function passAt(samples: number, correct: number, k: number): number | undefined {
  if (!(k >= 1) || samples < k) return undefined;
  if (samples - correct < k) return 1;
  let missed = 1;
  for (let i = samples - correct + 1; i <= samples; i++) missed *= 1 - k / i;
  return 1 - missed;
}

export interface Sampled {
  questions: number;
  /** Samples of the question that has fewest. */
  samples: number;
  /** Mean over questions of the share of right samples: avg@k, whatever k is. */
  average: number;
  /** Mean over questions; undefined where a question has fewer than k samples. */
  passAt: { k: number; value?: number }[];
}

/** `responses` hold each question once a sample. */
export function sampledAccuracy(responses: readonly Response[], ks: readonly number[] = [1]): Sampled {
  const counts = new Map<string, { n: number; correct: number }>();
  for (const { questionId, correct } of responses) {
    const count = counts.get(questionId) ?? { n: 0, correct: 0 };
    counts.set(questionId, { n: count.n + 1, correct: count.correct + Number(correct) });
  }
  const each = [...counts.values()];
  const mean = (values: readonly number[]): number => (values.length === 0 ? 0 : values.reduce((a, b) => a + b, 0) / values.length);
  return {
    questions: each.length,
    samples: each.length === 0 ? 0 : Math.min(...each.map(({ n }) => n)),
    average: mean(each.map(({ n, correct }) => correct / n)),
    passAt: ks.map((k) => {
      const values = each.map(({ n, correct }) => passAt(n, correct, k));
      return { k, value: values.length === 0 || values.some((value) => value === undefined) ? undefined : mean(values.map((value) => value ?? 0)) };
    }),
  };
}
