/** Moments in 8 bits: how near the curve is to that of moments in 32, what they take, and that a run goes on to the same bits. */
import { describe, expect, it } from 'vitest';
import { firstMoment, MOMENT_WORDS, secondMoment } from '../../src/gpu/ops/adamw8';
import { relativeError } from '../../src/gpu/selftest';
import { freshAdapter } from '../../src/model/adapter';
import type { Student } from '../../src/model/types';
import { decodeCheckpoint, encodeCheckpoint } from '../../src/train/checkpoint';
import { encodeExample } from '../../src/train/example';
import { Trainer } from '../../src/train/trainer';
import type { Checkpoint, TrainOptions } from '../../src/train/types';
import { processorEngine } from '../gpu/engine';
import { byteStudent } from '../model/byteStudent';

const options: TrainOptions = {
  steps: 20, batch: 3, learningRate: 1e-2, warmup: 2, schedule: 'linear', finalShare: 0.1, weightDecay: 0.01, clip: 1, beta1: 0.9, beta2: 0.98,
  epsilon: 1e-8, seed: 1, mean: 'example', optimizer: 'adamw8bit',
};
const rows: [string, string][] = [['the 12', ' winters'], ['in', ' the end'], ['1212', ' 12'], ['the', ' end'], ['winter', ' in']];

async function open(student: Student, changed: Partial<TrainOptions> = {}, from?: Checkpoint): Promise<Trainer> {
  const examples = rows.map(([question, answer]) => encodeExample(student, question, answer));
  return Trainer.create(await processorEngine(), student, { ...options, ...changed }, examples, Array.from({ length: 60 }, (_, i) => (i * 7) % 5), from);
}

async function train(student: Student, changed?: Partial<TrainOptions>): Promise<Checkpoint> {
  const trainer = await open(student, changed);
  await trainer.run(options.steps, () => {});
  const state = await trainer.checkpoint();
  await trainer.dispose();
  return state;
}

const student = await byteStudent('llama', 3);
const adapted = { ...student, adapter: freshAdapter(student.config, { rank: 4, alpha: 8, dropout: 0, targets: 'all-linear' as const, rankStabilised: false }, 3) };

describe.each([['all weights', student], ['an adapter', adapted]] as const)('%s', (_, each) => {
  it('loses as much in 20 steps as with 32 bits, within 2 %', async () => {
    const [small, whole] = [await train(each), await train(each, { optimizer: 'adamw' })];
    expect(small.losses[0]).toBe(whole.losses[0]);
    expect(small.losses[19]).toBeLessThan(0.8 * small.losses[0]);
    expect(relativeError(small.losses, whole.losses)).toBeLessThan(0.02);
    expect(small.m.length / whole.m.length).toBeCloseTo(MOMENT_WORDS / 64, 9);
    // What the words stand for is near the moments themselves: within the widest gap of levels and what other gradients since have made.
    const words = new Uint32Array(small.m.buffer);
    const squares = new Uint32Array(small.v.buffer);
    const read = (of: typeof firstMoment, from: Uint32Array) => whole.m.map((__, i) => of(from, Math.floor(i / 64) * MOMENT_WORDS, i % 64));
    expect(relativeError(read(firstMoment, words), whole.m)).toBeLessThan(0.25);
    expect(relativeError(read(secondMoment, squares), whole.v)).toBeLessThan(0.25);
  });
});

it('stopped and resumed from its file, ends with the same bits', async () => {
  const whole = await train(student);
  const first = await open(student);
  await first.run(9, () => {});
  const kept = encodeCheckpoint(await first.checkpoint());
  await first.dispose();
  const second = await open(student, {}, decodeCheckpoint(kept));
  await second.run(options.steps, () => {});
  const resumed = await second.checkpoint();
  await second.dispose();
  expect(encodeCheckpoint(resumed)).toEqual(encodeCheckpoint(whole));
  await expect(open(student, { optimizer: 'adamw' }, decodeCheckpoint(kept))).rejects.toMatchObject({ code: 'checkpoint-other-optimizer' });
});

it('takes 17 words where 32 bits take 64', async () => {
  const [small, whole] = [await open(student), await open(student, { optimizer: 'adamw' })];
  expect(small.estimate.parts.optimiser / whole.estimate.parts.optimiser).toBeCloseTo(17 / 64, 2);
  expect(small.bytes()).toBeLessThan(whole.bytes());
  await small.dispose();
  await whole.dispose();
});
