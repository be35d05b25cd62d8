/** Packs examples into one flat ribbon of tokens: no padding between them, positions restart, nobody sees the neighbour. */
import type { Limits } from '../gpu/graph';
import { widestActivation } from '../model/shapes';
import type { ModelConfig } from '../model/types';
import type { TrainOptions } from './types';
import type { Example } from './example';

/** One micro-batch, ready to upload. Arrays are `capacity` long; past `tokens` there is padding that counts for nothing. */
export interface Ribbon {
  tokens: number;
  capacity: number;
  ids: Uint32Array;
  positions: Uint32Array;
  targets: Uint32Array;
  /** [capacity, 2]: first token of the document, one past its last. */
  spans: Uint32Array;
  /** dL/dCE of each position; 0 where the next token is not part of the answer. */
  coefficients: Float32Array;
}

/** Capacities come in steps, so that a handful of programs serve every batch. */
export const CAPACITY_STEP = 64;

/** Most tokens in one micro-batch; larger batches accumulate gradients over several. */
export const MOST_TOKENS = 8192;

/** How many tokens may go through a student at once on a device with such limits. @param wanted at most */
export function mostTokens({ binding }: Limits, config: ModelConfig, wanted = MOST_TOKENS): number {
  return Math.max(CAPACITY_STEP, Math.min(Math.ceil(wanted / CAPACITY_STEP) * CAPACITY_STEP, Math.floor(binding / (4 * widestActivation(config)) / CAPACITY_STEP) * CAPACITY_STEP));
}

/**
 * The coefficient of each answer token of each example (docs/method.md):
 * `example`: w_i / (n_i · Σ w); `token`: w_i / Σ_i w_i n_i. All weights equal gives the plain mean.
 */
export function exampleCoefficients(examples: readonly Example[], mean: TrainOptions['mean']): number[] {
  const counts = examples.map(({ ids, lossFrom }) => ids.length - lossFrom);
  const total = examples.reduce((sum, { weight }, i) => sum + weight * (mean === 'token' ? counts[i] : 1), 0);
  return examples.map(({ weight }, i) => (total === 0 || counts[i] === 0 ? 0 : mean === 'token' ? weight / total : weight / (counts[i] * total)));
}

/** Splits a batch into runs of examples of at most `most` tokens each, in order. */
export function microBatches<T extends { ids: { length: number } }>(examples: readonly T[], most = MOST_TOKENS): T[][] {
  const batches: T[][] = [];
  let tokens = Infinity;
  for (const example of examples) {
    if (tokens + example.ids.length > most) {
      batches.push([]);
      tokens = 0;
    }
    batches[batches.length - 1].push(example);
    tokens += example.ids.length;
  }
  return batches;
}

/** The passes of a step: at least so many where the batch has the examples, of at most so many tokens each. */
export function passes<T extends { ids: { length: number } }>(examples: readonly T[], accumulate: number, most: number): T[][] {
  const each = Math.ceil(examples.length / accumulate);
  const groups = Array.from({ length: Math.ceil(examples.length / each) }, (_, i) => examples.slice(i * each, (i + 1) * each));
  return groups.flatMap((group) => microBatches(group, most));
}

/** Tokens a ribbon is made for that is to hold so many. */
export function capacityFor(tokens: number): number {
  return Math.max(1, Math.ceil(tokens / CAPACITY_STEP)) * CAPACITY_STEP;
}

/**
 * @param coefficients one an example, given to each of its answer tokens; or a list, one an answer token.
 * @param sizes capacities to choose from, the smallest that holds it; absent: the next step.
 */
export function packRibbon(examples: readonly Pick<Example, 'ids' | 'lossFrom'>[], coefficients: readonly (number | ArrayLike<number>)[], sizes?: readonly number[]): Ribbon {
  const tokens = examples.reduce((sum, { ids }) => sum + ids.length, 0);
  const capacity = sizes?.filter((size) => size >= tokens).reduce((a, b) => Math.min(a, b)) ?? capacityFor(tokens);
  const ribbon: Ribbon = {
    tokens, capacity, ids: new Uint32Array(capacity), positions: new Uint32Array(capacity), targets: new Uint32Array(capacity),
    spans: new Uint32Array(2 * capacity), coefficients: new Float32Array(capacity),
  };
  let start = 0;
  examples.forEach(({ ids, lossFrom }, i) => {
    const end = start + ids.length;
    const given = coefficients[i];
    ribbon.ids.set(ids, start);
    ribbon.targets.set(ids.slice(1), start);
    for (let t = start; t < end; t++) {
      ribbon.positions[t] = t - start;
      ribbon.spans.set([start, end], 2 * t);
      const answerToken = t - start - (lossFrom - 1);
      if (answerToken >= 0 && t < end - 1) ribbon.coefficients[t] = typeof given === 'number' ? given : given[answerToken];
    }
    start = end;
  });
  // Padding tokens are documents of their own.
  for (let t = tokens; t < capacity; t++) ribbon.spans.set([t, t + 1], 2 * t);
  return ribbon;
}

/** A value a position of the ribbon, cut into one list an example: its answer tokens' values. */
export function answerValues(examples: readonly Pick<Example, 'ids' | 'lossFrom'>[], values: Float32Array): Float32Array[] {
  let start = 0;
  return examples.map(({ ids, lossFrom }) => {
    const found = values.subarray(start + lossFrom - 1, start + ids.length - 1);
    start += ids.length;
    return found;
  });
}
