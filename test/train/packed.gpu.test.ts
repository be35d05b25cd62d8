/** Frozen weights in halves, 8-bit and 4-bit blocks: the student they stand for, and adapters trained on it. */
import { describe, expect, it } from 'vitest';
import { PACKINGS, unpacked, type Packing } from '../../src/gpu/packing';
import { relativeError } from '../../src/gpu/selftest';
import { freshAdapter } from '../../src/model/adapter';
import { pack, packingOf } from '../../src/model/pack';
import { paramsOf, sourcesOf } from '../../src/model/tensorSource';
import type { Params, Student } from '../../src/model/types';
import { encodeExample } from '../../src/train/example';
import { Generator } from '../../src/train/generate';
import { nll } from '../../src/train/nll';
import { Trainer } from '../../src/train/trainer';
import { TrainStep } from '../../src/train/trainStep';
import type { TrainOptions } from '../../src/train/types';
import { devices, testEngine } from '../gpu/engine';
import { limited } from '../gpu/limited';
import { byteStudent } from '../model/byteStudent';

const student = await byteStudent('llama', 3);
const ids = student.tokenizer.encode('the 12 winters in the end');

/** The student whose f32 weights are what the packed ones stand for. */
async function roundedTo(packing: Packing): Promise<Student> {
  const params: Params = new Map([...(await paramsOf(student.params))].map(([name, { shape, data }]) => {
    const own = packingOf(name, shape, packing);
    return [name, { shape, data: own ? Float32Array.from(unpacked(pack(data, own, shape[1]), own, shape[1])) : data }];
  }));
  return { ...student, params: sourcesOf(params) };
}

const options: TrainOptions = {
  steps: 12, batch: 2, learningRate: 2e-2, warmup: 0, schedule: 'constant', finalShare: 1, weightDecay: 0, clip: 1, beta1: 0.9, beta2: 0.98,
  epsilon: 1e-8, seed: 1, mean: 'example',
};

async function train(trained: Student, engine = testEngine()): Promise<number[]> {
  const adapter = freshAdapter(student.config, { rank: 4, alpha: 8, dropout: 0, targets: 'all-linear', rankStabilised: false }, 3);
  const examples = [['the 12', ' winters'], ['in', ' the end']].map(([question, answer]) => encodeExample(student, question, answer));
  const trainer = await Trainer.create(await engine, { ...trained, adapter }, options, examples, Array.from({ length: 24 }, (_, i) => i % 2));
  await trainer.run(options.steps, () => {});
  const { losses } = await trainer.checkpoint();
  trainer.dispose();
  return losses;
}

describe.each(PACKINGS)('%s', (packing) => {
  it.each(devices)('says what the weights it stands for say, on %s', async (_, open) => {
    const engine = await open();
    expect(relativeError(await nll(engine, { ...student, packing }, ids), await nll(engine, await roundedTo(packing), ids))).toBeLessThan(1e-5);
  });

  it('answers and trains an adapter as those weights do, in parts too', async () => {
    const rounded = await roundedTo(packing);
    const engine = await testEngine();
    const write = async (each: Student) => {
      const generator = await Generator.create(engine, each, each.params, { slots: 2, context: 48 });
      const answers = await generator.answer([ids, ids.slice(4)], { maxTokens: 8, temperature: 0, seed: 0 });
      generator.dispose();
      return answers;
    };
    expect(await write({ ...student, packing })).toEqual(await write(rounded));
    const [packed, plain] = [await train({ ...student, packing }), await train(rounded)];
    expect(relativeError(packed, plain)).toBeLessThan(1e-3);
    expect(packed[11]).toBeLessThan(packed[0] - 0.3);
    const small = limited(engine, { binding: 32768, block: 65536 });
    expect(relativeError(await nll(small, { ...student, packing }, ids), await nll(engine, rounded, ids))).toBeLessThan(1e-5);
  });
});

it('is as near the f32 weights as its bits allow', async () => {
  const engine = await testEngine();
  const plain = await nll(engine, student, ids);
  const errors = await Promise.all(PACKINGS.map(async (packing) => relativeError(await nll(engine, { ...student, packing }, ids), plain)));
  expect(errors[0]).toBeLessThan(1e-3);
  expect(errors[1]).toBeLessThan(2e-2);
  expect(errors[2]).toBeLessThan(0.3);
  expect(errors).toEqual([...errors].sort((a, b) => a - b));
});

it('cannot be trained whole', async () => {
  await expect(TrainStep.create(await testEngine(), { ...student, packing: 'q8' }, 64)).rejects.toMatchObject({ code: 'train-packed' });
});
