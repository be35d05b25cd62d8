/**
 * GRPO (Shao et al. 2024): a group of answers a question, graded, each token weighed by how much its answer beat the group. Rollouts
 * come from the batched generator, the update is the weighted cross-entropy step with one coefficient a token (train/policy).
 */
import { elapsed } from '../core/clock';
import { StudioError } from '../core/errors';
import { Random, seedOf } from '../core/random';
import { holdKernels, type Engine } from '../gpu/device';
import type { Student } from '../model/types';
import { answerValues, microBatches, packRibbon, type Ribbon } from './batch';
import type { Example } from './example';
import { asWritten, Generator } from './generate';
import { countHeld, trainingMemory, type MemoryEstimate } from './memory';
import { groupAdvantages, policyTerm, tokenShares, type PolicyOptions } from './policy';
import { longestOf, reinforcementPlan, type ReinforcementSizes } from './reinforcementPlan';
import { needsRoom } from './room';
import { adamwHyper } from './schedule';
import { Scorer } from './scorer';
import { TrainStep } from './trainStep';
import type { Checkpoint, RolloutMetrics, TrainOptions } from './types';

export interface GrpoOptions extends PolicyOptions, ReinforcementSizes, Pick<TrainOptions, 'learningRate' | 'weightDecay' | 'clip' | 'beta1' | 'beta2' | 'epsilon' | 'seed'> {
  /** Batches of rollouts. */
  iterations: number;
  temperature: number;
}

/** One answer of a group. */
export interface Rollout {
  /** Position in the questions. */
  question: number;
  ids: number[];
  truncated: boolean;
  reward: number;
  /** Absent where the group had no spread and was skipped. */
  advantage?: number;
}

/** One batch of rollouts and its updates. */
export interface GrpoMetrics extends Omit<RolloutMetrics, 'skills'> {
  iteration: number;
  loss: number;
  gradNorm: number;
  rolloutTokens: number;
  updateTokens: number;
  rolloutMs: number;
  updateMs: number;
}

/** Grades answers: rewards in the order of `answers`. May take its time (a teacher may be asked). */
export type RewardOf = (answers: readonly { question: number; ids: readonly number[]; truncated: boolean }[]) => Promise<number[]>;

interface Told extends Pick<Example, 'ids' | 'lossFrom'> {
  advantage: number;
  share: number;
  /** −ln p of each answer token when it was drawn, and under the reference. */
  old?: Float32Array;
  reference?: Float32Array;
}

export class GrpoTrainer {
  private updates: number;
  private tokens: number;
  private readonly rewards: number[];

  private constructor(
    private readonly student: Student, private readonly options: GrpoOptions, private readonly prompts: readonly number[][],
    private readonly policy: TrainStep, private readonly generator: Generator, private readonly referencePolicy: Scorer | undefined,
    /** Capacities of the ribbons, largest first. */
    private readonly sizes: readonly number[],
    /** What it was to hold on the device at most, as counted before it began. */
    readonly estimate: MemoryEstimate,
    /** The most it has held since, in bytes. */
    readonly held: () => number, from?: Checkpoint,
  ) {
    this.updates = from?.step ?? 0;
    this.tokens = from?.tokens ?? 0;
    this.rewards = [...(from?.losses ?? [])];
  }

  /**
   * @param prompts token ids of each question.
   * @param from a checkpoint of the same run, made after an iteration: it goes on to the same bits.
   * @throws StudioError `grpo-options`, `prompt-too-long`, `train-too-large`
   */
  static async create(given: Engine, student: Student, options: GrpoOptions, prompts: readonly number[][], from?: Checkpoint): Promise<GrpoTrainer> {
    if (options.group < 2) throw new StudioError('grpo-options', 'A group needs at least two answers: with one there is nothing to compare.');
    if (prompts.length === 0) throw new StudioError('grpo-options', 'There are no questions to answer.');
    if (options.updatesEach > options.questions) {
      throw new StudioError('grpo-options', 'A batch of rollouts cannot serve more updates than it has questions.');
    }
    const engine = holdKernels(given, from?.kernels);
    const plan = reinforcementPlan(engine, student, options, longestOf(prompts));
    const estimate = await trainingMemory(engine.shape, plan);
    await needsRoom(engine, plan, estimate);
    const sizes = plan.sizesOf(plan.accumulate);
    const { recompute, optimizer } = options;
    const held = countHeld(engine);
    const policy = await TrainStep.create(engine, { ...student, recompute, optimizer }, sizes[0], from, plan.scored?.(plan.accumulate)[0]);
    const generator = await Generator.create(engine, student, student.params, plan.rollouts);
    const reference = plan.reference ? await Scorer.create(engine, student, sizes[0]) : undefined;
    return new GrpoTrainer(student, options, prompts, policy, generator, reference, sizes, estimate, held, from);
  }

  /** Batches of rollouts done. */
  get iteration(): number {
    return this.updates / this.options.updatesEach;
  }

  /** The questions of a batch: seeded passes through all of them. */
  private questionsOf(iteration: number): number[] {
    const { questions, seed } = this.options;
    const count = this.prompts.length;
    return Array.from({ length: questions }, (_, i) => {
      const at = iteration * questions + i;
      const pass = Math.floor(at / count);
      return new Random(seed, 'grpo pass', pass).shuffle(Array.from({ length: count }, (_, q) => q))[at % count];
    });
  }

  /**
   * One batch of rollouts and its updates.
   * @throws an AbortError when `signal` aborts during the rollouts; nothing has changed then.
   */
  async iterate(rewardOf: RewardOf, signal?: AbortSignal): Promise<{ metrics: GrpoMetrics; rollouts: Rollout[] }> {
    const { options } = this;
    const iteration = this.iteration;
    const startedAt = elapsed();
    const rollouts = await this.rollOut(iteration, rewardOf, signal);
    const rolledOutAt = elapsed();
    const told = this.tell(rollouts);
    const sum = { loss: 0, clipped: 0, kl: 0, tokens: 0, gradNorm: 0, scored: 0 };
    const old = options.updatesEach > 1 || options.kl > 0;
    if (old) await this.score(told, (ribbon) => this.policy.score(ribbon), (one, values) => (one.old = values));
    const { referencePolicy } = this;
    if (referencePolicy) await this.score(told, (ribbon) => referencePolicy.score(ribbon), (one, values) => (one.reference = values));
    for (let part = 0; part < options.updatesEach; part++) {
      const mine = told.filter((_, i) => Math.floor((i * options.updatesEach) / told.length) === part);
      const now = part === 0 ? mine.map(({ old: values }) => values) : await this.scores(mine, (ribbon) => this.policy.score(ribbon));
      await this.update(mine, now, sum);
    }
    const counts = rollouts.map(({ ids }) => ids.length);
    const rewards = rollouts.map(({ reward }) => reward);
    const mean = average(rewards);
    this.rewards.push(mean);
    const rolloutTokens = counts.reduce((a, b) => a + b, 0);
    this.tokens += sum.tokens;
    return {
      rollouts,
      metrics: {
        iteration: iteration + 1, reward: mean, rewardStd: Math.sqrt(average(rewards.map((reward) => (reward - mean) ** 2))),
        fracRewardZeroStd: rollouts.filter(({ advantage }) => advantage === undefined).length / rollouts.length,
        completionLength: rolloutTokens / rollouts.length, clippedLength: rollouts.filter(({ truncated }) => truncated).length / rollouts.length,
        clipRatio: sum.clipped / Math.max(1, sum.scored), kl: sum.kl / Math.max(1, sum.scored), loss: sum.loss / options.updatesEach,
        gradNorm: sum.gradNorm / options.updatesEach, rolloutTokens, updateTokens: sum.tokens, rolloutMs: rolledOutAt - startedAt,
        updateMs: elapsed() - rolledOutAt,
      },
    };
  }

  private async rollOut(iteration: number, rewardOf: RewardOf, signal?: AbortSignal): Promise<Rollout[]> {
    const { group, maxTokens, temperature, seed, scale } = this.options;
    const asked = this.questionsOf(iteration).flatMap((question) => Array.from({ length: group }, () => question));
    await this.generator.setTrained(await this.policy.params());
    const draw = { maxTokens, temperature, seed: seedOf(seed, 'grpo rollout', iteration) };
    const answers = await this.generator.answer(asked.map((question) => this.prompts[question]), draw, undefined, signal);
    signal?.throwIfAborted();
    const drawn = answers.map(({ ids, truncated }, i) => ({ question: asked[i], ids, truncated }));
    const rewards = await rewardOf(drawn);
    const rollouts: Rollout[] = drawn.map((one, i) => ({ ...one, reward: rewards[i] }));
    for (let start = 0; start < rollouts.length; start += group) {
      const advantages = groupAdvantages(rewards.slice(start, start + group), scale);
      if (advantages) advantages.forEach((advantage, i) => (rollouts[start + i].advantage = advantage));
    }
    return rollouts;
  }

  /** The answers that teach something, with their shares of the mean. */
  private tell(rollouts: readonly Rollout[]): Told[] {
    const telling = rollouts.flatMap(({ question, advantage, ...answer }) => {
      if (advantage === undefined) return [];
      const prompt = this.prompts[question];
      return [{ ids: asWritten(prompt, answer, this.student.config), lossFrom: prompt.length, advantage }];
    }).filter(({ ids, lossFrom }) => ids.length > lossFrom);
    const lengths = telling.map(({ ids, lossFrom }) => ids.length - lossFrom);
    const { mean, maxTokens, updatesEach } = this.options;
    const shares = tokenShares(lengths, mean, rollouts.length, maxTokens + 1);
    return telling.map((one, i) => ({ ...one, share: shares[i] * updatesEach }));
  }

  private async scores(told: readonly Told[], score: (ribbon: Ribbon) => Promise<Float32Array>): Promise<Float32Array[]> {
    const found: Float32Array[] = [];
    for (const micro of microBatches(told, this.sizes[0])) found.push(...answerValues(micro, await score(packRibbon(micro, micro.map(() => 1), this.sizes))));
    return found;
  }

  private async score(told: Told[], score: (ribbon: Ribbon) => Promise<Float32Array>, keep: (one: Told, values: Float32Array) => void): Promise<void> {
    const found = await this.scores(told, score);
    told.forEach((one, i) => keep(one, found[i]));
  }

  /** @param now −ln p of each answer token under the policy as it is; undefined where it is that of the rollouts. */
  private async update(told: readonly Told[], now: readonly (Float32Array | undefined)[], sum: Record<'loss' | 'clipped' | 'kl' | 'tokens' | 'gradNorm' | 'scored', number>): Promise<void> {
    const { options, policy } = this;
    const coefficients = told.map((one, i) => {
      const { ids, lossFrom, old, reference, advantage, share } = one;
      return Float32Array.from({ length: ids.length - lossFrom }, (_, t) => {
        const before = old?.[t] ?? 0;
        const term = policyTerm(-(now[i]?.[t] ?? before), -before, -(reference?.[t] ?? 0), advantage, options);
        sum.loss += share * term.loss;
        sum.kl += term.kl;
        sum.clipped += term.clipped ? 1 : 0;
        sum.scored++;
        return share * term.coefficient;
      });
    });
    this.updates++;
    // Without a telling group there is no gradient, and momentum alone would move the policy.
    if (told.length === 0) return;
    policy.begin();
    let at = 0;
    for (const micro of microBatches(told, this.sizes[0])) {
      await policy.accumulate(packRibbon(micro, coefficients.slice(at, at + micro.length), this.sizes));
      at += micro.length;
    }
    policy.finish(adamwHyper(this.updates, options.learningRate, options));
    const ring = await policy.readRing();
    sum.gradNorm += Math.sqrt(ring[2 * (this.updates % (ring.length / 2)) + 1]);
    sum.tokens += told.reduce((total, { ids }) => total + ids.length, 0);
  }

  /** `losses` holds the mean reward of each iteration. */
  async checkpoint(): Promise<Checkpoint> {
    return { step: this.updates, ...(await this.policy.readState()), losses: [...this.rewards], tokens: this.tokens };
  }

  params(): ReturnType<TrainStep['params']> {
    return this.policy.params();
  }

  async dispose(): Promise<void> {
    this.generator.dispose();
    await this.policy.dispose();
    await this.referencePolicy?.dispose();
  }
}

function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}
