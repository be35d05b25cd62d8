/** What training promises: weights, packing, and the same bits. */
import { describe, expect, it } from 'vitest';
import { relativeError } from '../../src/gpu/selftest';
import { encodeExample, type Example } from '../../src/train/example';
import { decodeCheckpoint, encodeCheckpoint } from '../../src/train/checkpoint';
import { Trainer } from '../../src/train/trainer';
import type { Checkpoint, TrainOptions } from '../../src/train/types';
import { devices, webGpuEngine } from '../gpu/engine';
import { tinyStudent } from './tinyStudent';

const student = await tinyStudent();
const rows: [string, string][] = [['1+2', '1+2=3#3'], ['4-1?', '4-1=3#3'], ['a', 'b'], ['20+15', '20+15=35#35'], ['7+7', '7+7=14#14']];
const examples = (weights: number[] = []): Example[] => rows.map(([question, answer], i) => encodeExample(student, question, answer, weights[i] ?? 1));
const options: TrainOptions = {
  steps: 6, batch: 4, learningRate: 5e-3, warmup: 2, schedule: 'linear', finalShare: 0.05, weightDecay: 0.01, clip: 1,
  beta1: 0.9, beta2: 0.98, epsilon: 1e-8, seed: 0, mean: 'example',
};
const order = Array.from({ length: 24 }, (_, i) => (i * 3 + Math.floor(i / 5)) % 5);

describe.each(devices)('on %s', (_, testEngine) => {
  async function train(given: Example[], changes: Partial<TrainOptions> = {}, at: { order?: number[]; until?: number; from?: Checkpoint } = {}): Promise<Checkpoint> {
    const whole = { ...options, ...changes };
    const trainer = await Trainer.create(await testEngine(), student, whole, given, at.order ?? order, at.from);
    await trainer.run(at.until ?? whole.steps, () => {});
    const state = await trainer.checkpoint();
    trainer.dispose();
    return state;
  }

  describe('weighted fine-tuning', () => {
    it.each(['example', 'token'] as const)('with all weights 1 is plain fine-tuning, bit for bit (%s mean)', async (mean) => {
      const plain = await train(rows.map(([question, answer]) => encodeExample(student, question, answer)), { mean });
      const weighted = await train(examples([1, 1, 1, 1, 1]), { mean });
      expect(weighted.params).toEqual(plain.params);
      expect(weighted.losses).toEqual(plain.losses);
    });

    it('does not depend on the scale of the weights', async () => {
      const [small, large] = [await train(examples([1, 2, 3, 4, 5])), await train(examples([3, 6, 9, 12, 15]))];
      expect(relativeError(large.params, small.params)).toBeLessThan(1e-4);
    });

    it('gives a doubled weight the effect of listing the row twice (token mean)', async () => {
      const once = await train(examples([2, 1, 1, 1, 1]), { mean: 'token', steps: 1, batch: 3 }, { order: [0, 1, 3] });
      const twice = await train(examples(), { mean: 'token', steps: 1, batch: 4 }, { order: [0, 1, 3, 0] });
      expect(relativeError(once.params, twice.params)).toBeLessThan(1e-5);
      expect(once.losses[0]).toBeCloseTo(twice.losses[0], 5);
    });

    it('moves nothing but the decay where every weight is 0', async () => {
      const none = await train(examples([0, 0, 0, 0, 0]), { weightDecay: 0 });
      const start = await train(examples(), { weightDecay: 0 }, { until: 0 });
      expect(none.params).toEqual(start.params);
    });

    it('gives packed rows the loss of the same rows trained one by one', async () => {
      const packed = await train(examples(), { steps: 1, batch: 5 }, { order: [0, 1, 2, 3, 4] });
      const single = await Promise.all([0, 1, 2, 3, 4].map((i) => train(examples(), { steps: 1, batch: 1 }, { order: [i] })));
      expect(packed.losses[0]).toBeCloseTo(single.reduce((sum, { losses }) => sum + losses[0] / 5, 0), 5);
    });

    it('lowers the loss', async () => {
      const { losses } = await train(examples(), { steps: 30, learningRate: 1e-2, batch: 5 }, { order: Array.from({ length: 150 }, (_, i) => i % 5) });
      expect(losses[29]).toBeLessThan(losses[0] - 1.5);
    });
  });

  describe('the same bits', () => {
    it('come from the same seed on the same adapter', async () => {
      expect(await train(examples([1, 2, 1, 3, 1]))).toEqual(await train(examples([1, 2, 1, 3, 1])));
    });

    it.each([1, 3, 5])('come from a run that stopped after step %i and went on from its stored checkpoint', async (until) => {
      const whole = await train(examples());
      const half = await train(examples(), {}, { until });
      const resumed = await train(examples(), {}, { from: decodeCheckpoint(encodeCheckpoint(half)) });
      expect(resumed.params).toEqual(whole.params);
      expect(resumed.m).toEqual(whole.m);
      expect(resumed.v).toEqual(whole.v);
      expect(resumed.losses).toEqual(whole.losses);
      expect(resumed.tokens).toBe(whole.tokens);
    });

    it('come from a run that was aborted: the step in flight is finished first', async () => {
      const long = { steps: 60 };
      const presented = Array.from({ length: 240 }, (_, i) => i % 5);
      const stop = new AbortController();
      const trainer = await Trainer.create(await testEngine(), student, { ...options, ...long }, examples(), presented);
      await trainer.run(60, ({ step }) => { if (step >= 2) stop.abort(); }, stop.signal);
      const half = await trainer.checkpoint();
      trainer.dispose();
      expect(half.step).toBeGreaterThanOrEqual(2);
      expect(half.step).toBeLessThan(60);
      const whole = await train(examples(), long, { order: presented });
      expect((await train(examples(), long, { order: presented, from: half })).params).toEqual(whole.params);
    });
  });

  describe('what cannot be trained is said', () => {
    it.each([[NaN], [-1], [Infinity]])('a weight of %f', async (weight) => {
      await expect(train(examples([1, weight]))).rejects.toMatchObject({ code: 'train-bad-weight', where: 'example 2' });
    });
    it('a question longer than the context', () => {
      expect(() => encodeExample(student, '1'.repeat(80), '2')).toThrow(/80.*tokens|tokens; this student can read 64/);
    });
    it('a torn checkpoint', async () => {
      const bytes = encodeCheckpoint(await train(examples(), {}, { until: 0 }));
      expect(() => decodeCheckpoint(bytes.subarray(0, bytes.length - 9))).toThrow(/cut short/);
      bytes[100] ^= 1;
      expect(() => decodeCheckpoint(bytes)).toThrow(/checksum/);
    });
  });
});

it('a checkpoint made on one device goes on on the other, to rounding', async () => {
  const onDevice = async (open: (typeof devices)[number][1], until: number, from?: Checkpoint): Promise<Checkpoint> => {
    const trainer = await Trainer.create(await open(), student, options, examples(), order, from);
    await trainer.run(until, () => {});
    const state = await trainer.checkpoint();
    trainer.dispose();
    return state;
  };
  const [[, webGpu], [, processor]] = devices;
  const whole = await onDevice(webGpu, 6);
  const changed = await onDevice(processor, 6, decodeCheckpoint(encodeCheckpoint(await onDevice(webGpu, 3))));
  expect(relativeError(changed.params, whole.params)).toBeLessThan(1e-4);
  expect(changed.losses.slice(0, 3)).toEqual(whole.losses.slice(0, 3));
});

it('a run goes on by the kernels it began with, whatever the tuner has found since', async () => {
  const engine = await webGpuEngine();
  const upTo = async (until: number, from?: Checkpoint): Promise<Checkpoint> => {
    const trainer = await Trainer.create(engine, student, options, examples(), order, from);
    await trainer.run(until, () => {});
    const state = await trainer.checkpoint();
    trainer.dispose();
    return state;
  };
  const whole = await upTo(3);
  const half = decodeCheckpoint(encodeCheckpoint(await upTo(1)));
  const sides = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512];
  const classes = ['nt', 'nn', 'tn'].flatMap((layout) => sides.flatMap((m) => sides.flatMap((n) => sides.map((k) => `${layout} ${m} ${n} ${k}`))));
  try {
    engine.kernels = Object.fromEntries(classes.map((name) => [name, 'blocked']));
    const other = await upTo(3);
    // Another kernel sums in another order: were it not so, this test would show nothing.
    expect(other.params).not.toEqual(whole.params);
    expect(decodeCheckpoint(encodeCheckpoint(other)).kernels).toEqual(engine.kernels);
    expect((await upTo(3, half)).params).toEqual(whole.params);
  } finally {
    engine.kernels = {};
  }
});
