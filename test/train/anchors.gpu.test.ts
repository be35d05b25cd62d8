// Holding a student to its base, on the engine: the gradient against an independent forward pass in float64, and what training does.
import { describe, expect, it } from 'vitest';
import { sourcesOf } from '../../src/model/tensorSource';
import type { ModelConfig } from '../../src/model/types';
import { drawAnchors, anchorTerm } from '../../src/train/anchors';
import { packRibbon } from '../../src/train/batch';
import { encodeExample } from '../../src/train/example';
import { Trainer } from '../../src/train/trainer';
import { TrainStep } from '../../src/train/trainStep';
import type { Checkpoint, StepMetrics, TrainOptions } from '../../src/train/types';
import golden from '../golden/llama.json';
import { logSoftmax, plainLogits, type PlainParams } from '../golden/plainLlama';
import { testEngine } from '../gpu/engine';
import { tinyStudent } from './tinyStudent';

it('gives, over all the base could have drawn, the gradient of the whole divergence', async () => {
  const { ids } = golden.batch;
  const text = { ids: ids.slice(0, 7), segments: Array<number>(7).fill(0), positions: [...Array(7).keys()] };
  const params: PlainParams = Object.fromEntries(Object.entries(golden.params).filter(([name]) => name !== 'lm_head.weight').map(([name, { data }]) => [name, Float32Array.from(data)]));
  // The base: the same numbers, each a little off.
  const base: PlainParams = Object.fromEntries(Object.entries(params).map(([name, data]) => [name, Array.from(data, (value, i) => value * (1 + 0.2 * Math.sin(7 * i)))]));
  const q = plainLogits(golden.config, base, text).map(logSoftmax);
  const divergence = (student: PlainParams) => plainLogits(golden.config, student, text).map(logSoftmax)
    .reduce((sum, row, t) => sum + q[t].reduce((total, log, y) => total + Math.exp(log) * (log - row[y]), 0), 0);

  const config: ModelConfig = { family: 'llama', ...golden.config, context: 64, tiedHead: true, eosIds: [] };
  const shapes = Object.entries(golden.params).filter(([name]) => name in params);
  const programs = await TrainStep.create(await testEngine(), {
    config, params: sourcesOf(new Map(shapes.map(([name, { shape, data }]) => [name, { shape, data: Float32Array.from(data) }]))),
  }, 64);
  programs.begin();
  const ribbon = packRibbon([{ ids: [...text.ids, 0], lossFrom: 1 }], [1]);
  for (let y = 0; y < config.vocab; y++) {
    ribbon.coefficients.fill(1, 0, 7);
    ribbon.targets.fill(y, 0, 7);
    const now = await programs.score(ribbon);
    for (let t = 0; t < 7; t++) ribbon.coefficients[t] = Math.exp(q[t][y]) * anchorTerm(now[t], -q[t][y]).coefficient;
    await programs.accumulate(ribbon);
  }
  const found = await programs.readGradients();
  await programs.dispose();
  for (const name of Object.keys(params)) {
    const gradient = found.get(name)?.data ?? [];
    const places = [0, 5, 11].map((at) => at % gradient.length);
    const slopes = places.map((at) => {
      const moved = (by: number) => divergence({ ...params, [name]: Array.from(params[name]).with(at, params[name][at] + by) });
      return (moved(1e-5) - moved(-1e-5)) / 2e-5;
    });
    const largest = Math.max(...Array.from(gradient, Math.abs));
    expect(largest, name).toBeGreaterThan(0);
    places.forEach((at, i) => expect(Math.abs(gradient[at] - slopes[i]) / largest, name).toBeLessThan(1e-4));
  }
});

describe('a run that is held', async () => {
  const student = await tinyStudent();
  const examples = [['1+2', '1+2=3#3'], ['4-1?', '4-1=3#3'], ['7+7', '7+7=14#14']].map(([question, answer]) => encodeExample(student, question, answer));
  const options: TrainOptions = {
    steps: 20, batch: 3, learningRate: 5e-3, warmup: 2, schedule: 'linear', finalShare: 0.05, weightDecay: 0, clip: 0,
    beta1: 0.9, beta2: 0.98, epsilon: 1e-8, seed: 0, mean: 'example',
  };
  const order = Array.from({ length: 60 }, (_, i) => i % 3);
  const prompts = Array.from({ length: 24 }, (_, i) => student.tokenizer.encode(`${i}-5?\n`));
  const rows = await drawAnchors(await testEngine(), student, prompts, { maxTokens: 6, seed: 3 });

  async function train(kl: number | undefined, at: { until?: number; from?: Checkpoint } = {}): Promise<Checkpoint & { log: StepMetrics[] }> {
    const anchors = kl === undefined ? undefined : { rows, kl, each: 8 };
    const trainer = await Trainer.create(await testEngine(), student, options, examples, order, at.from, anchors);
    const log: StepMetrics[] = [];
    await trainer.run(at.until ?? options.steps, (metrics) => log.push(metrics));
    const state = await trainer.checkpoint();
    trainer.dispose();
    return { ...state, log };
  }

  it('stays nearer its base than one that is not, and the more so the more it is held', async () => {
    const [loose, held] = [await train(1e-6), await train(3)];
    const late = ({ log }: { log: StepMetrics[] }) => log.slice(-5).reduce((sum, { kl }) => sum + (kl ?? NaN), 0) / 5;
    expect(loose.log[0].kl).toBeCloseTo(0, 6);
    expect(late(held)).toBeLessThan(late(loose) / 2);
    expect(late(held)).toBeGreaterThan(0);
    expect(held.losses[19]).toBeLessThan(held.losses[0]);
  });

  it('logs the objective: the examples\u2019 loss and kl times the divergence', async () => {
    const [plain, held] = [await train(undefined, { until: 1 }), await train(3, { until: 1 })];
    expect(held.losses[0]).toBeCloseTo(plain.losses[0] + 3 * (held.log[0].kl ?? NaN), 5);
  });

  it('is plain fine-tuning, bit for bit, where it is held by nothing', async () => {
    const { log: _, ...plain } = await train(undefined);
    expect(plain.params).toEqual((await train(0)).params);
  });

  it('goes on from a checkpoint to the same bits', async () => {
    const whole = await train(1);
    const half = await train(1, { until: 7 });
    const resumed = await train(1, { from: half });
    expect(resumed.params).toEqual(whole.params);
    expect(resumed.losses).toEqual(whole.losses);
  });
});
