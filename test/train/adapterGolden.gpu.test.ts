/** Adapters trained on the golden Llama against PEFT and PyTorch (test/interop/lora_golden.py): gradients, losses, and the end. */
import { describe, expect, it } from 'vitest';
import { relativeError } from '../../src/gpu/selftest';
import { sourcesOf } from '../../src/model/tensorSource';
import type { AdapterSettings, ModelConfig, Params } from '../../src/model/types';
import { packRibbon, type Ribbon } from '../../src/train/batch';
import { RING, TrainStep } from '../../src/train/trainStep';
import llama from '../golden/llama.json';
import lora from '../golden/lora.json';
import { testEngine } from '../gpu/engine';

const { batch, optimiser } = llama;

interface Golden {
  rank: number;
  alpha: number;
  targets: string | string[];
  rankStabilised: boolean;
  shapes: Record<string, number[]>;
  start: Record<string, number[]>;
  gradients: Record<string, number[]>;
  losses: number[];
  end: Record<string, number[]>;
}

const params = (named: Record<string, { shape: number[]; data: number[] }>): Params =>
  new Map(Object.entries(named).map(([name, { shape, data }]) => [name, { shape, data: Float32Array.from(data) }]));

/** The golden batch as a ribbon, with its own coefficient a token. */
function ribbon(): Ribbon {
  const documents = [...new Set(batch.segments)].map((segment) => batch.ids.filter((_, t) => batch.segments[t] === segment));
  const packed = packRibbon(documents.map((ids) => ({ ids, lossFrom: 1, weight: 1 })), documents.map(() => 1));
  packed.coefficients.fill(0);
  packed.coefficients.set(batch.coef);
  return packed;
}

describe('twenty steps of AdamW as PEFT and PyTorch take them', () => {
  it.each((lora.cases as unknown as Golden[]).map((golden) => [String(golden.targets), golden] as const))('on %s', async (_, golden) => {
    const config: ModelConfig = { family: 'llama', ...llama.config, context: 64, tiedHead: false, eosIds: [] };
    const settings: AdapterSettings = {
      rank: golden.rank, alpha: golden.alpha, dropout: 0, rankStabilised: golden.rankStabilised,
      targets: Array.isArray(golden.targets) ? golden.targets : 'all-linear',
    };
    const { shapes } = golden;
    const start = Object.fromEntries(Object.entries(golden.start).map(([name, data]) => [name, { shape: shapes[name], data }]));
    const programs = await TrainStep.create(await testEngine(), { config, params: sourcesOf(params(llama.params)), adapter: { settings, params: params(start) } }, 64);
    for (const [i, expected] of golden.losses.entries()) {
      const step = i + 1;
      programs.begin();
      await programs.accumulate(ribbon());
      if (i === 0) {
        const found = await programs.readGradients();
        expect([...found.keys()].sort()).toEqual(Object.keys(golden.gradients).sort());
        for (const [name, gradient] of Object.entries(golden.gradients)) expect(relativeError(found.get(name)?.data ?? [], gradient), name).toBeLessThan(1e-3);
      }
      programs.finish(Float32Array.of(
        optimiser.learningRate, optimiser.beta1, optimiser.beta2, optimiser.epsilon, optimiser.weightDecay, optimiser.clip,
        1 - optimiser.beta1 ** step, 1 - optimiser.beta2 ** step, step % RING,
      ));
      const ring = await programs.readRing();
      expect(Math.abs(ring[2 * step] - expected) / expected, `loss ${step}`).toBeLessThan(1e-4);
    }
    expect(golden.losses[19]).toBeLessThan(golden.losses[0]);
    const end = programs.weights.trained.named((await programs.readState()).params);
    for (const [name, expected] of Object.entries(golden.end)) expect(relativeError(end.get(name)?.data ?? [], expected), name).toBeLessThan(1e-2);
    await programs.dispose();
  });
});
