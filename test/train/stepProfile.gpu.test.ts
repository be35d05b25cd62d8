/** Where a step's time goes, on both devices; and what a step may not do: allocate, start more kernels than it must, cost more for weights. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { shape, tokensPerStep } from '../../bench/problem';
import { DEFAULT_DEVICE, Rehearsal } from '../../src/gpu/rehearsal';
import type { Engine } from '../../src/gpu/device';
import type { ModelConfig } from '../../src/model/types';
import { exampleCoefficients, packRibbon } from '../../src/train/batch';
import { adamwHyper } from '../../src/train/schedule';
import { profileStep, randomExamples } from '../../src/train/stepProfile';
import { TrainStep } from '../../src/train/trainStep';
import { devices } from '../gpu/engine';
import { tinyStudent } from './tinyStudent';

/** Of the bench’s step. */
const MOST_LAUNCHES = 150;

const options = { beta1: 0.9, beta2: 0.98, epsilon: 1e-8, weightDecay: 0.01, clip: 1 };

describe.each(devices)('on %s', (_, open) => {
  it('a profile accounts for the whole step', { timeout: 400_000 }, async () => {
    const engine = await open();
    const student = await tinyStudent();
    // What threads keep to themselves stays.
    await (await TrainStep.create(engine, student, 64)).dispose();
    const before = engine.allocated.now;
    const { kernels, step, batch, memory, ceilings } = await profileStep(engine, student, [...randomExamples(student, 64), { ids: [1, 5, 6, 2], lossFrom: 1, weight: 1 }]);
    expect(engine.allocated.now).toBe(before);
    expect(kernels.reduce((sum, { ms }) => sum + ms, 0)).toBeCloseTo(step.kernelMs, 6);
    expect(kernels.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 6);
    expect(kernels.reduce((sum, { launches }) => sum + launches, 0)).toBe(step.dispatches);
    for (const { ms, gbPerSecond } of kernels) expect(ms > 0 && gbPerSecond > 0).toBe(true);
    expect(ceilings.matmul.gflops > 0 && ceilings.stream.gbPerSecond > 0).toBe(true);
    // Rows of 64 and 4 tokens in a ribbon of 128.
    expect(batch).toEqual({ rows: 2, tokens: 68, padding: 60 / 128, paddingToLongest: 60 / 128 });
    // Products: 6 a parameter of a linear layer and token of the ribbon. Attention: 9 products of a pair and head, of two heads of 8, in two layers.
    const linear = 6 * 128 * (2 * (2 * 16 * 16 + 2 * 16 * 8 + 3 * 16 * 24) + 23 * 16);
    const attention = 2 * 9 * ((64 * 65) / 2 + (4 * 5) / 2) * 2 * 8 * 2;
    expect(step.gflop).toBeCloseTo((linear + attention) / 1e9, 9);
    expect(step.ofRoofline).toBeCloseTo(step.gflops / ceilings.matmul.gflops, 9);
    expect(Object.keys(memory)).toEqual(['weights', 'gradients', 'optimiser', 'activations', 'batches', 'scratch']);
    expect(Object.values(memory).every((bytes) => bytes > 0)).toBe(true);
  });

  it('neither takes memory in a step nor leaves any: 1,000 steps, under 1 MB of heap', { timeout: 400_000 }, async () => {
    const engine = await open();
    const student = await tinyStudent();
    const rows = randomExamples(student, 64);
    const ribbon = packRibbon(rows, exampleCoefficients(rows, 'example'));
    const programs = await TrainStep.create(engine, student, ribbon.capacity);
    const hyper = adamwHyper(1, 1e-4, options);
    const steps = async (count: number) => {
      for (let step = 1; step <= count; step++) {
        programs.begin();
        await programs.accumulate(ribbon);
        programs.finish(hyper);
        if (step % 50 === 0) await programs.readRing();
      }
    };
    await steps(200);
    const [heap, device] = [await heapInUse(), engine.allocated.now];
    await steps(1000);
    expect(engine.allocated.now).toBe(device);
    expect((await heapInUse()) - heap).toBeLessThan(1 << 20);
    await programs.dispose();
  });

  it('weights in the loss add no kernel and compile nothing', async () => {
    const lowered = counted(await open());
    const student = await tinyStudent();
    const programs = await TrainStep.create(lowered.engine, student, 256);
    expect(lowered.launches()).toBe(await programs.launches(256));
    const rows = randomExamples(student, 256);
    await programs.accumulate(packRibbon(rows, exampleCoefficients(rows, 'example')));
    const [launches, plain] = [lowered.launches(), (await programs.readFlat()).loss];
    programs.begin();
    await programs.accumulate(packRibbon(rows, exampleCoefficients(rows.map((row, i) => ({ ...row, weight: i })), 'example')));
    expect(lowered.launches()).toBe(launches);
    expect((await programs.readFlat()).loss).not.toBe(plain);
    await programs.dispose();
  });
});

it('a step of the bench’s model starts at most 150 kernels', async () => {
  const { batch: _rows, ...dimensions } = shape;
  const config: ModelConfig = { ...dimensions, family: 'llama', kvHeads: shape.heads, tiedHead: false, eosIds: [] };
  const common = { subgroups: true, halves: false, fragments: [], subgroupSize: 0, texels: 8192, kernels: {} };
  for (const target of [{ ...common, lanes: 64, quads: 0, software: false }, { ...common, lanes: 4, quads: 2, software: true }]) {
    const rehearsal = new Rehearsal({ ...DEFAULT_DEVICE, kind: 'webgpu', target });
    const programs = await TrainStep.prepare(rehearsal, { config }, [tokensPerStep]);
    expect(await programs.launches(tokensPerStep)).toBeLessThanOrEqual(MOST_LAUNCHES);
  }
});

/** The engine, and how many kernel launches were made ready by it. */
function counted(engine: Engine): { engine: Engine; launches: () => number } {
  let launches = 0;
  const watched = new Proxy(engine, {
    get(target, name) {
      const value = Reflect.get(target, name, target) as unknown;
      if (name === 'lower') {
        return (...given: Parameters<Engine['lower']>) => {
          const lowered = target.lower(...given);
          launches += lowered.uses.length;
          return lowered;
        };
      }
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  return { engine: watched, launches: () => launches };
}

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Bytes on JavaScript's side that something still refers to. */
async function heapInUse(): Promise<number> {
  for (let round = 0; round < 3; round++) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    collect();
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
