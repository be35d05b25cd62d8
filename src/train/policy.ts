/**
 * The policy objective of GRPO (Shao et al. 2024, eq. 3) as one coefficient a token, so that the weighted cross-entropy kernel
 * trains it: with ℓ = log π(token), the loss reaches the logits as −dL/dℓ · (softmax − onehot).
 */

export interface PolicyOptions {
  /** Divide a group's centred rewards by their standard deviation (GRPO) or leave them (Dr. GRPO). */
  scale: 'std' | 'none';
  /** The ratio is clipped to [1 − clipLow, 1 + clipHigh]; equal in GRPO, a wider high side in DAPO. */
  clipLow: number;
  clipHigh: number;
  /** Weight of the KL term to the reference; 0 leaves it out. */
  kl: number;
  /** How tokens are averaged: by answer, then over answers (GRPO); over all tokens (DAPO); over answers · maxTokens (Dr. GRPO). */
  mean: 'answer' | 'token' | 'constant';
}

/** What one token adds. */
export interface PolicyTerm {
  /** Its part of the loss, before averaging. */
  loss: number;
  /** −dL/dℓ: what the cross-entropy kernel multiplies (softmax − onehot) by. */
  coefficient: number;
  /** The clip is active: the surrogate passes no gradient. */
  clipped: boolean;
  /** Estimate of KL(π ‖ reference), ≥ 0 (k3: e^d − d − 1 with d = ℓ_ref − ℓ). */
  kl: number;
}

/** Rewards closer together than this are the same: the group teaches nothing. */
const NO_SPREAD = 1e-8;

/**
 * Group-normalised advantages: reward minus the group's mean, by default over its standard deviation (of the sample, as TRL does).
 * @returns undefined for a group without spread, which is skipped and counted.
 */
export function groupAdvantages(rewards: readonly number[], scale: PolicyOptions['scale']): number[] | undefined {
  const mean = rewards.reduce((sum, reward) => sum + reward, 0) / rewards.length;
  const variance = rewards.reduce((sum, reward) => sum + (reward - mean) ** 2, 0) / Math.max(1, rewards.length - 1);
  const deviation = Math.sqrt(variance);
  if (deviation < NO_SPREAD) return undefined;
  return rewards.map((reward) => (reward - mean) / (scale === 'std' ? deviation + 1e-4 : 1));
}

/**
 * L_t = −min(r·A, clip(r)·A) + kl · k3, with r = e^(ℓ − ℓ_old).
 * @param logp ℓ now; @param old ℓ when the answer was drawn; @param reference ℓ of the reference (ignored where options.kl is 0).
 */
export function policyTerm(logp: number, old: number, reference: number, advantage: number, options: PolicyOptions): PolicyTerm {
  const ratio = Math.exp(logp - old);
  const bounded = Math.min(1 + options.clipHigh, Math.max(1 - options.clipLow, ratio));
  const clipped = bounded * advantage < ratio * advantage;
  const surrogate = clipped ? bounded * advantage : ratio * advantage;
  const d = options.kl > 0 ? reference - logp : 0;
  const kl = Math.exp(d) - d - 1;
  return {
    loss: -surrogate + options.kl * kl,
    coefficient: (clipped ? 0 : ratio * advantage) + options.kl * (Math.exp(d) - 1),
    clipped,
    kl,
  };
}

/**
 * The share of each answer's tokens in the mean.
 * @param lengths tokens of each answer that counts; @param answers answers drawn for the step, those of skipped groups included, so
 *   that a step with few telling groups is a small step; @param maxTokens longest answer allowed.
 */
export function tokenShares(lengths: readonly number[], mean: PolicyOptions['mean'], answers: number, maxTokens: number): number[] {
  const total = lengths.reduce((sum, length) => sum + length, 0);
  if (mean === 'token') return lengths.map(() => 1 / Math.max(1, total));
  if (mean === 'constant') return lengths.map(() => 1 / (answers * maxTokens));
  return lengths.map((length) => 1 / (answers * Math.max(1, length)));
}
