/** The bench's training step in our own engine: the very programs the studio trains with. */
import { bestProduct } from '../src/gpu/ceilings';
import { sourcesOf } from '../src/model/tensorSource';
import type { Engine } from '../src/gpu/device';
import type { ModelConfig } from '../src/model/types';
import type { Ribbon } from '../src/train/batch';
import { RING, TrainStep } from '../src/train/trainStep';
import { batch, initialParams, optimiser, shape, tokensPerStep, type Contestant } from './problem';

const { batch: rows, ...dimensions } = shape;
const config: ModelConfig = { ...dimensions, family: 'llama', kvHeads: shape.heads, tiedHead: false, eosIds: [] };

/** The batch as one ribbon: each row a document, the mean over all tokens as coefficients. */
function ribbon(): Ribbon {
  const { ids, targets } = batch();
  const spans = new Uint32Array(2 * tokensPerStep);
  const positions = new Uint32Array(tokensPerStep);
  for (let t = 0; t < tokensPerStep; t++) {
    positions[t] = t % shape.context;
    spans.set([t - positions[t], t - positions[t] + shape.context], 2 * t);
  }
  return {
    tokens: tokensPerStep, capacity: rows * shape.context, positions, spans,
    ids: Uint32Array.from(ids), targets: Uint32Array.from(targets), coefficients: new Float32Array(tokensPerStep).fill(1 / tokensPerStep),
  };
}

export async function oursStep(engine: Engine): Promise<Required<Contestant>> {
  const programs = await TrainStep.create(engine, { config, params: sourcesOf(initialParams()) }, tokensPerStep);
  const tokens = ribbon();
  const { learningRate, beta1, beta2, epsilon, weightDecay } = optimiser;
  const clip = 0;
  let steps = 0;
  return {
    async step() {
      steps++;
      const slot = steps % RING;
      programs.begin();
      await programs.accumulate(tokens);
      programs.finish(Float32Array.of(learningRate, beta1, beta2, epsilon, weightDecay, clip, 1 - beta1 ** steps, 1 - beta2 ** steps, slot));
      return (await programs.readRing())[2 * slot];
    },
    bestProduct: async () => (await bestProduct(engine)).gflops,
  };
}
