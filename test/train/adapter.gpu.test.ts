/** Adapters on a frozen student: what they change, what they leave, dropout, and the way back into a student. */
import { describe, expect, it } from 'vitest';
import { relativeError } from '../../src/gpu/selftest';
import { freshAdapter, mergedParams } from '../../src/model/adapter';
import type { Adapter, AdapterSettings, Student } from '../../src/model/types';
import { encodeExample, encodePrompt } from '../../src/train/example';
import { Generator } from '../../src/train/generate';
import { nll } from '../../src/train/nll';
import { Trainer } from '../../src/train/trainer';
import type { Checkpoint, TrainOptions } from '../../src/train/types';
import { testEngine } from '../gpu/engine';
import { tinyStudent } from './tinyStudent';

const base = await tinyStudent(3);
const rows: [string, string][] = [['1+2', '1+2=3#3'], ['4-1?', '4-1=3#3'], ['a', 'b'], ['20+15', '20+15=35#35']];
const examples = rows.map(([question, answer]) => encodeExample(base, question, answer));
const options: TrainOptions = {
  steps: 6, batch: 4, learningRate: 2e-2, warmup: 0, schedule: 'constant', finalShare: 1, weightDecay: 0, clip: 1,
  beta1: 0.9, beta2: 0.98, epsilon: 1e-8, seed: 5, mean: 'example',
};
const order = Array.from({ length: 40 }, (_, i) => i % 4);
const settings: AdapterSettings = { rank: 4, alpha: 8, dropout: 0, targets: 'all-linear', rankStabilised: false };
const ids = encodeExample(base, '12+3', '12+3=15#15').ids;

async function train(changes: Partial<AdapterSettings> = {}, more: Partial<TrainOptions> = {}, at: { until?: number; from?: Checkpoint } = {}): Promise<{ state: Checkpoint; adapter: Adapter }> {
  const whole = { ...options, ...more };
  const started = freshAdapter(base.config, { ...settings, ...changes }, whole.seed);
  const trainer = await Trainer.create(await testEngine(), { ...base, adapter: started }, whole, examples, order, at.from);
  await trainer.run(at.until ?? whole.steps, () => {});
  const result = { state: await trainer.checkpoint(), adapter: { ...started, params: await trainer.params() } };
  trainer.dispose();
  return result;
}

const merged = (adapter: Adapter): Student => ({ ...base, params: mergedParams({ ...base, adapter }) });

describe('an adapter', () => {
  it('changes nothing before it is trained, and lowers the loss when it is', async () => {
    const engine = await testEngine();
    const plain = await nll(engine, base, ids);
    expect(await nll(engine, { ...base, adapter: freshAdapter(base.config, settings, 1) }, ids)).toEqual(plain);
    const { state, adapter } = await train({}, { steps: 10 });
    expect(state.losses[9]).toBeLessThan(state.losses[0] - 0.5);
    const tuned = await nll(engine, { ...base, adapter }, ids);
    expect(relativeError(tuned, plain)).toBeGreaterThan(1e-2);
    expect(relativeError(tuned, await nll(engine, merged(adapter), ids))).toBeLessThan(1e-5);
  });

  it('answers as the merged student does, and without it as the base does', async () => {
    const engine = await testEngine();
    const { adapter } = await train();
    const prompts = ['1+2', 'a', '20+15'].map((question) => encodePrompt(base, question));
    const write = async (student: Student, off = false) => {
      const generator = await Generator.create(engine, student, student.params, { slots: 3 });
      if (off) await generator.setAdapter(undefined);
      const answers = await generator.answer(prompts, { maxTokens: 8, temperature: 0, seed: 0 });
      generator.dispose();
      return answers;
    };
    expect(await write({ ...base, adapter })).toEqual(await write(merged(adapter)));
    expect(await write({ ...base, adapter }, true)).toEqual(await write(base));
    expect(await write(base)).not.toEqual(await write(merged(adapter)));
  });

  it('with dropout takes the same steps with the same seed and others with another, and goes on to the same bits', async () => {
    const first = await train({ dropout: 0.3 });
    expect((await train({ dropout: 0.3 })).state).toEqual(first.state);
    expect((await train({ dropout: 0.3 }, { seed: 6 })).state.losses).not.toEqual(first.state.losses);
    expect((await train()).state.losses).not.toEqual(first.state.losses);
    const half = await train({ dropout: 0.3 }, {}, { until: 3 });
    expect((await train({ dropout: 0.3 }, {}, { from: half.state })).state).toEqual(first.state);
  });

  it('holds only its own gradients and moments', async () => {
    const { state } = await train({ targets: ['q_proj', 'down_proj'] });
    // Rank 4 on [16, 16] and [16, 24], two layers; each tensor starts on a 256-byte border.
    expect(state.params.length).toBe(2 * (64 + 64 + 128 + 64));
    expect(state.m.length).toBe(state.params.length);
  });

  it('refuses a target the student does not have', () => {
    expect(() => freshAdapter(base.config, { ...settings, targets: ['q_proj', 'c_attn'] }, 0)).toThrow(/no linear layer called "c_attn"/);
  });
});
