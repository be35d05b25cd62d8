/** A whole two-layer model against the golden file of an independent engine (jax-js): loss, every gradient, ten steps. */
import { describe, expect, it } from 'vitest';
import { relativeError } from '../../src/gpu/selftest';
import { sourcesOf } from '../../src/model/tensorSource';
import type { ModelConfig } from '../../src/model/types';
import { packRibbon, type Ribbon } from '../../src/train/batch';
import { RING, TrainStep } from '../../src/train/trainStep';
import golden from '../golden/llama.json';
import { devices } from '../gpu/engine';

const { batch, optimiser } = golden;
const documents = [...new Set(batch.segments)].map((segment) => batch.ids.filter((_, t) => batch.segments[t] === segment));

/** The golden batch as a ribbon; its coefficients differ from token to token, so they are set by hand. */
function ribbon(): Ribbon {
  const packed = packRibbon(documents.map((ids) => ({ ids, lossFrom: 1, weight: 1 })), documents.map(() => 1));
  packed.coefficients.fill(0);
  packed.coefficients.set(batch.coef);
  return packed;
}

describe.each(devices)('on %s', (_, testEngine) => describe.each(['untied', 'tied'] as const)('%s head', (variant) => {
  const config: ModelConfig = {
    family: 'llama', ...golden.config, context: 64, tiedHead: variant === 'tied', eosIds: [],
  };
  const params = sourcesOf(new Map(Object.entries(golden.params).map(([name, { shape, data }]) => [name, { shape, data: Float32Array.from(data) }])));
  const hyper = (step: number) => Float32Array.of(
    optimiser.learningRate, optimiser.beta1, optimiser.beta2, optimiser.epsilon, optimiser.weightDecay, optimiser.clip,
    1 - optimiser.beta1 ** step, 1 - optimiser.beta2 ** step, step % RING,
  );

  it('gives every parameter the expected gradient', async () => {
    const programs = await TrainStep.create(await testEngine(), { config, params }, 64);
    programs.begin();
    await programs.accumulate(ribbon());
    const found = await programs.readGradients();
    for (const [name, expected] of Object.entries<number[]>(golden[variant].gradients)) {
      expect(relativeError(found.get(name)?.data ?? [], expected), name).toBeLessThan(1e-4);
    }
    await programs.dispose();
  });

  it('takes ten steps with ten expected losses', async () => {
    const programs = await TrainStep.create(await testEngine(), { config, params }, 64);
    for (let step = 1; step <= optimiser.steps; step++) {
      programs.begin();
      await programs.accumulate(ribbon());
      programs.finish(hyper(step));
    }
    const ring = await programs.readRing();
    golden[variant].losses.forEach((loss, i) => {
      expect(Math.abs(ring[2 * (i + 1)] - loss) / loss, `loss ${i + 1}`).toBeLessThan(1e-4);
      expect(Math.abs(Math.sqrt(ring[2 * (i + 1) + 1]) - golden[variant].gradNorms[i]) / golden[variant].gradNorms[i], `norm ${i + 1}`).toBeLessThan(1e-3);
    });
    await programs.dispose();
  });
}));
