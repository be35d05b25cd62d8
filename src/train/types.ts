/** What training takes and tells. */
import type { KernelChoices } from '../gpu/graph';

/** What changes how much memory training takes, and (but for rounding) not what it does. */
export interface TrainMethod {
  /** Each layer's activations are made again for its gradients instead of kept: a third more work, the same bits. */
  recompute?: boolean;
  /** `adamw8bit` keeps both moments in 8 bits (gpu/ops/adamw8.ts). Absent: `adamw`. */
  optimizer?: Optimizer;
}

export const OPTIMIZERS = ['adamw', 'adamw8bit'] as const;
export type Optimizer = (typeof OPTIMIZERS)[number];

export interface TrainOptions extends TrainMethod {
  /** Optimiser steps. */
  steps: number;
  /** Examples a step; a fraction is their mean, the steps taking turns with one more and one less. */
  batch: number;
  learningRate: number;
  warmup: number;
  schedule: 'linear' | 'cosine' | 'constant';
  /** Final learning rate as a share of the peak. */
  finalShare: number;
  weightDecay: number;
  /** Global gradient-norm limit; 0 turns clipping off. */
  clip: number;
  beta1: number;
  beta2: number;
  epsilon: number;
  /** Passes that a step's gradients are collected over, at least: less memory, the same sums. More where a pass would have over 8,192 tokens. Absent: 1. */
  accumulate?: number;
  /** Order of the examples. */
  seed: number;
  /** Σ w_i · mean_t CE / Σ w_i, or Σ w_i CE_it / Σ w_i over tokens. */
  mean: 'example' | 'token';
}

/** What a batch of rollouts showed, named as TRL names it. */
export interface RolloutMetrics {
  reward: number;
  rewardStd: number;
  /** Share of groups whose answers all earned the same: skipped. */
  fracRewardZeroStd: number;
  /** Tokens an answer, mean. */
  completionLength: number;
  /** Share of answers cut at the limit. */
  clippedLength: number;
  /** Share of tokens whose ratio was clipped; 0 at the first update of a batch. */
  clipRatio: number;
  /** Mean k3 estimate a token, where there is a KL term. */
  kl: number;
  skills: { skill: string; reward: number; answers: number }[];
  /** Answers that the teacher was asked about in vain: the grader's verdict stands. */
  unjudged?: number;
}

/** One row of the training log. `loss` is the weighted objective, in nats. */
export interface StepMetrics {
  step: number;
  loss: number;
  gradNorm: number;
  learningRate: number;
  tokens: number;
  msPerStep: number;
  /** Mean KL(base ‖ student) a token of the step's anchors, nats, where the run is held to any. */
  kl?: number;
  /** Of reinforcement: the batch of rollouts this update belongs to. */
  rollouts?: RolloutMetrics;
}

export interface GenerateOptions {
  maxTokens: number;
  /** 0 is greedy. */
  temperature: number;
  topK?: number;
  topP?: number;
  seed: number;
}

/** A text typed by hand, to be answered. */
export interface Asked {
  text: string;
  /** Gone on with as it stands, in place of being asked as a question. */
  plain: boolean;
  options: GenerateOptions;
}

/** Everything needed to go on to the same bits: written every `checkpointEvery` steps. */
export interface Checkpoint {
  step: number;
  params: Float32Array;
  /** Of the parameters' length; or the packed words of 8-bit moments as they lie, which are fewer and no numbers. */
  m: Float32Array;
  v: Float32Array;
  losses: number[];
  tokens: number;
  /** Kernels the run began with: another sums in another order. */
  kernels: KernelChoices;
}
