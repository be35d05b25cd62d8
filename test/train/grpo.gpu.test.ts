// GRPO on the engine: its gradient against an independent engine's, its log-probabilities, and a run that stops and goes on.
import { describe, expect, it } from 'vitest';
import { relativeError } from '../../src/gpu/selftest';
import { paramsOf, sourcesOf } from '../../src/model/tensorSource';
import type { ModelConfig } from '../../src/model/types';
import { packRibbon } from '../../src/train/batch';
import { GrpoTrainer, type GrpoOptions, type RewardOf } from '../../src/train/grpo';
import { policyTerm, type PolicyOptions } from '../../src/train/policy';
import { TrainStep } from '../../src/train/trainStep';
import golden from '../golden/llama.json';
import { testEngine } from '../gpu/engine';
import { tinyStudent } from './tinyStudent';

const { batch, policy } = golden;

it('gives every parameter the gradient an independent engine gives it', async () => {
  const config: ModelConfig = { family: 'llama', ...golden.config, context: 64, tiedHead: true, eosIds: [] };
  const params = sourcesOf(new Map(Object.entries(golden.params).map(([name, { shape, data }]) => [name, { shape, data: Float32Array.from(data) }])));
  const documents = [...new Set(batch.segments)].map((segment) => batch.ids.filter((_, t) => batch.segments[t] === segment));
  const ribbon = packRibbon(documents.map((ids) => ({ ids, lossFrom: 1 })), documents.map(() => 1));
  const programs = await TrainStep.create(await testEngine(), { config, params }, 64);
  const scores = await programs.score(ribbon);
  const options: PolicyOptions = { ...policy, scale: 'std', mean: 'answer' };
  let loss = 0;
  batch.coef.forEach((share, t) => {
    const term = policyTerm(-scores[t], policy.old[t], policy.reference[t], policy.advantages[t], options);
    loss += share * (share === 0 ? 0 : term.loss);
    ribbon.coefficients[t] = share * term.coefficient;
  });
  expect(Math.abs(loss - policy.loss)).toBeLessThan(1e-5);
  programs.begin();
  await programs.accumulate(ribbon);
  const found = await programs.readGradients();
  for (const [name, expected] of Object.entries<number[]>(policy.gradients)) {
    expect(relativeError(found.get(name)?.data ?? [], expected), name).toBeLessThan(1e-4);
  }
  await programs.dispose();
});

const options: GrpoOptions = {
  iterations: 6, questions: 4, group: 4, updatesEach: 2, maxTokens: 5, temperature: 1, learningRate: 3e-3, weightDecay: 0, clip: 1,
  beta1: 0.9, beta2: 0.98, epsilon: 1e-8, seed: 5, scale: 'std', clipLow: 0.2, clipHigh: 0.2, kl: 0.01, mean: 'answer',
};

/** More of the answer's tokens being an "a" is better: a reward with spread that a random student can climb. */
function wantsTheLetter(id: number): RewardOf {
  return async (answers) => answers.map(({ ids }) => ids.filter((one) => one === id).length / 5);
}

describe('a run', async () => {
  const student = await tinyStudent();
  const letter = student.tokenizer.encode('a')[0];
  const prompts = ['1+1=', '2+3=', '4-1=', '5+5=', '7-2='].map((text) => student.tokenizer.encode(text));

  it('climbs, logs what happened, holds what was told before, and goes on from a checkpoint to the same bits', async () => {
    const engine = await testEngine();
    engine.watchPeak();
    const before = engine.allocated.now;
    const whole = await GrpoTrainer.create(engine, student, options, prompts);
    const rewards: number[] = [];
    let middle;
    for (let i = 0; i < options.iterations; i++) {
      const { metrics, rollouts } = await whole.iterate(wantsTheLetter(letter));
      rewards.push(metrics.reward);
      expect(rollouts.length).toBe(16);
      expect(metrics.kl).toBeGreaterThanOrEqual(0);
      for (let g = 0; g < 16; g += 4) {
        const advantages = rollouts.slice(g, g + 4).map(({ advantage }) => advantage);
        if (advantages[0] !== undefined) expect(Math.abs(advantages.reduce((sum: number, one) => sum + (one ?? NaN), 0))).toBeLessThan(1e-6);
      }
      if (i === 2) middle = await whole.checkpoint();
    }
    const held = engine.allocated.peak - before;
    expect(held).toBeLessThanOrEqual(whole.estimate.total);
    // Not every size of a batch came up.
    expect(held).toBeGreaterThan(0.7 * whole.estimate.total);
    expect((rewards[4] + rewards[5]) / 2).toBeGreaterThan((rewards[0] + rewards[1]) / 2 + 0.05);
    const resumed = await GrpoTrainer.create(engine, student, options, prompts, middle);
    expect(resumed.iteration).toBe(3);
    while (resumed.iteration < options.iterations) await resumed.iterate(wantsTheLetter(letter));
    expect(await resumed.params()).toEqual(await whole.params());
    await whole.dispose();
    await resumed.dispose();
  });

  it('does not move where every answer earns the same, and counts those groups', async () => {
    const trainer = await GrpoTrainer.create(await testEngine(), student, { ...options, kl: 0 }, prompts);
    const { metrics } = await trainer.iterate(async (answers) => answers.map(() => 1));
    expect(metrics).toMatchObject({ reward: 1, rewardStd: 0, fracRewardZeroStd: 1, updateTokens: 0 });
    expect((await trainer.params()).get('model.norm.weight')?.data).toEqual((await paramsOf(student.params)).get('model.norm.weight')?.data);
    await trainer.dispose();
  });

  it('refuses a group of one', async () => {
    await expect(GrpoTrainer.create(await testEngine(), student, { ...options, group: 1 }, prompts)).rejects.toMatchObject({ code: 'grpo-options' });
  });
});
