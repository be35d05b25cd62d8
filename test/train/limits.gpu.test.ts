/** A student whose embedding, head and pools are many times what the device takes in one piece trains and answers all the same. */
import { describe, expect, it } from 'vitest';
import type { Engine } from '../../src/gpu/device';
import { relativeError } from '../../src/gpu/selftest';
import { freshAdapter } from '../../src/model/adapter';
import { encodeExample } from '../../src/train/example';
import { Generator } from '../../src/train/generate';
import { nll } from '../../src/train/nll';
import { Trainer } from '../../src/train/trainer';
import type { Student } from '../../src/model/types';
import type { Checkpoint, TrainOptions } from '../../src/train/types';
import { devices, testEngine } from '../gpu/engine';
import { limited } from '../gpu/limited';
import { byteStudent } from '../model/byteStudent';

// The embedding and the head of each student are 34 KB; all parameters of one are 150 KB.
const LIMITS = { binding: 32768, block: 65536 };
const rows: [string, string][] = [['the 12', ' winters'], ['in', ' the end'], ['1212', ' 12']];
const options: TrainOptions = {
  steps: 4, batch: 3, learningRate: 1e-2, warmup: 0, schedule: 'constant', finalShare: 1, weightDecay: 0.01, clip: 1, beta1: 0.9, beta2: 0.98,
  epsilon: 1e-8, seed: 1, mean: 'example',
};

async function train(engine: Engine, student: Student): Promise<Checkpoint> {
  const examples = rows.map(([question, answer]) => encodeExample(student, question, answer));
  const trainer = await Trainer.create(engine, student, options, examples, Array.from({ length: 12 }, (_, i) => i % 3));
  await trainer.run(options.steps, () => {});
  const state = await trainer.checkpoint();
  trainer.dispose();
  return state;
}

describe('within 32 KB a tensor and 64 KB a block', () => {
  it.each(devices)('llama has the same losses and parameters on %s', async (_, open) => {
    const engine = await open();
    const student = await byteStudent('llama');
    const [whole, cut] = [await train(engine, student), await train(limited(engine, LIMITS), student)];
    expect(relativeError(cut.losses, whole.losses)).toBeLessThan(1e-5);
    expect(relativeError(cut.params, whole.params)).toBeLessThan(1e-3);
  });

  it('gpt2 has the same losses', async () => {
    const engine = await testEngine();
    const student = await byteStudent('gpt2');
    // Its key biases have no gradient but rounding, which Adam makes as large as any: parameters differ.
    const [whole, cut] = [await train(engine, student), await train(limited(engine, LIMITS), student)];
    expect(relativeError(cut.losses, whole.losses)).toBeLessThan(1e-5);
    expect(cut.params.length).toBe(whole.params.length);
  });

  it('an adapter on it has the same losses, and the student the same likelihoods and answers', async () => {
    const student = await byteStudent('qwen2');
    const adapter = freshAdapter(student.config, { rank: 4, alpha: 8, dropout: 0, targets: 'all-linear', rankStabilised: false }, 3);
    const engine = await testEngine();
    const [whole, cut] = [await train(engine, { ...student, adapter }), await train(limited(engine, LIMITS), { ...student, adapter })];
    expect(relativeError(cut.losses, whole.losses)).toBeLessThan(1e-5);
    const ids = student.tokenizer.encode('the winters in the end');
    expect(relativeError(await nll(limited(engine, LIMITS), student, ids), await nll(engine, student, ids))).toBeLessThan(1e-5);
    const answers = await Promise.all([engine, limited(engine, LIMITS)].map(async (each) => {
      const generator = await Generator.create(each, student, student.params, { context: 32 });
      const found = await generator.answer([ids], { maxTokens: 6, temperature: 0, seed: 0 });
      generator.dispose();
      return found;
    }));
    expect(answers[1]).toEqual(answers[0]);
  });
});
