/** Models for the bench that runs in Node: a configuration in few numbers, with random weights, and its work by hand. */
import { Random } from '../src/core/random';
import { elements } from '../src/gpu/graph';
import { paramShapes } from '../src/model/shapes';
import { sourcesOf } from '../src/model/tensorSource';
import type { ModelConfig, Params } from '../src/model/types';
import { exampleCoefficients, packRibbon, type Ribbon } from '../src/train/batch';
import type { TrainedStudent } from '../src/train/trainStep';
import { shape } from './problem';

export interface Size {
  vocab: number;
  width: number;
  layers: number;
  heads: number;
  hidden: number;
  context: number;
  batch: number;
}

const { headSize: _, normEps: __, ropeBase: ___, ...benchSize } = shape;

/** `bench` is the model of `npm run bench`. */
export const SIZES: Record<string, Size> = {
  tiny: { vocab: 64, width: 32, layers: 1, heads: 2, hidden: 64, context: 32, batch: 2 },
  bench: benchSize,
  '100m': { vocab: 32768, width: 640, layers: 12, heads: 10, hidden: 1728, context: 512, batch: 8 },
};

export function configOf({ vocab, width, layers, heads, hidden, context }: Size): ModelConfig {
  return {
    family: 'llama', vocab, width, layers, heads, kvHeads: heads, headSize: width / heads, hidden, context, normEps: 1e-5, ropeBase: 10000, tiedHead: false, eosIds: [],
  };
}

export function studentOf(size: Size): TrainedStudent {
  const config = configOf(size);
  const params: Params = new Map(paramShapes(config).map(([name, dims]) => {
    // A table of draws, since a hundred million would take longer than what is measured.
    const random = new Random(2025, name);
    const table = Float32Array.from({ length: 4096 }, () => 0.05 * random.normal());
    const data = new Float32Array(elements({ shape: dims }));
    for (let i = 0; i < data.length; i++) data[i] = dims.length === 1 ? 1 : table[(i * 40503) & 4095];
    return [name, { shape: dims, data }];
  }));
  return { config, params: sourcesOf(params) };
}

export function parametersOf(size: Size): number {
  return paramShapes(configOf(size)).reduce((sum, [, dims]) => sum + elements({ shape: dims }), 0);
}

/** Full rows of random tokens. @param weights one a row, for the loss. */
export function ribbonOf({ vocab, context, batch }: Size, weights: (row: number) => number = () => 1): Ribbon {
  const random = new Random(2025, 'rows');
  const rows = Array.from({ length: batch }, (_, row) => ({
    ids: Array.from({ length: context }, () => random.below(vocab)), lossFrom: 1, weight: weights(row),
  }));
  return packRibbon(rows, exampleCoefficients(rows, 'token'));
}

export const PARTS = ['products', 'head', 'attention', 'update', 'rest'] as const;
/** Of a step: products of the linear layers; those of the head, and the loss; attention; the update; and what goes over activations. */
export type Part = (typeof PARTS)[number];

/**
 * How much there is of each part, from the shapes alone. The first three are 10⁹ sums and products (6 a weight and token, and attention's
 * 9 products a pair), the update is parameters, the rest numbers of activations.
 */
export function stepWork(size: Size): Record<Part, number> {
  const { vocab, width, layers, hidden, context, batch } = size;
  const tokens = batch * context;
  return {
    products: (6 * layers * (4 * width * width + 3 * width * hidden) * tokens) / 1e9,
    head: (6 * vocab * width * tokens) / 1e9,
    attention: (9 * layers * tokens * (context + 1) * width) / 1e9,
    update: parametersOf(size),
    rest: layers * width * tokens,
  };
}

/** 10⁹ sums and products of a training step. */
export function stepGflop(size: Size): number {
  const { products, head, attention } = stepWork(size);
  return products + head + attention;
}
