/**
 * A term that holds a student to what it was: the divergence KL(base ‖ student) on the base's own answers, as one coefficient a
 * token, so that the weighted cross-entropy kernel carries it with any vocabulary.
 */
import { Random } from '../core/random';
import type { Engine } from '../gpu/device';
import type { Student } from '../model/types';
import { answerValues, CAPACITY_STEP, microBatches, packRibbon } from './batch';
import type { Example } from './example';
import { asWritten, Generator } from './generate';
import { Scorer } from './scorer';

/** An answer the base drew at temperature 1, with −ln q of each of its answer tokens. */
export interface Anchor extends Pick<Example, 'ids' | 'lossFrom'> {
  base: Float32Array;
}

/** What a run is held to. */
export interface Anchors {
  rows: readonly Anchor[];
  /** Weight of the term beside the loss of the examples. */
  kl: number;
  /** Anchors a step. */
  each: number;
}

export interface AnchorTerm {
  /** Estimate of KL(base ‖ student) at this token's place, nats, ≥ 0. */
  kl: number;
  /** −dKL/dℓ: what the kernel multiplies (softmax − onehot) by. */
  coefficient: number;
}

/**
 * With r = p(y)/q(y) for y drawn from q: r − 1 − ln r, whose slope in ln p is r − 1. Its mean over y is KL(q ‖ p), and the mean of
 * (1 − r)(p − onehot y) is p − q, the gradient of the whole divergence in the logits; both are 0, without noise, where p is q
 * (Schulman's k3, taken for the other direction; docs/method.md, Without forgetting).
 * @param now −ln p of the token; @param base −ln q of it.
 */
export function anchorTerm(now: number, base: number): AnchorTerm {
  const ratio = Math.exp(base - now);
  return { kl: ratio - 1 + now - base, coefficient: 1 - ratio };
}

/** The base's own answers to `prompts`, as what to hold it to. @param start the student as the run finds it. */
export async function drawAnchors(
  engine: Engine, start: Student, prompts: readonly number[][], { maxTokens, seed }: { maxTokens: number; seed: number }, signal?: AbortSignal,
): Promise<Anchor[]> {
  const generator = await Generator.create(engine, start);
  const answers = await generator.answer(prompts, { maxTokens, temperature: 1, seed }, () => {}, signal);
  generator.dispose();
  const examples = prompts.map((prompt, i) => ({ ids: asWritten(prompt, answers[i], start.config), lossFrom: prompt.length }));
  const micros = microBatches(examples);
  const largest = Math.max(...micros.map((micro) => micro.reduce((sum, { ids }) => sum + ids.length, 0)), 1);
  const scorer = await Scorer.create(engine, start, Math.ceil(largest / CAPACITY_STEP) * CAPACITY_STEP);
  const anchors: Anchor[] = [];
  for (const micro of micros) {
    signal?.throwIfAborted();
    const values = answerValues(micro, await scorer.score(packRibbon(micro, micro.map(() => 1))));
    micro.forEach((example, i) => anchors.push({ ...example, base: Float32Array.from(values[i]) }));
  }
  await scorer.dispose();
  return anchors;
}

/** The anchors of a step: seeded passes through all of them. @param step from 0. */
export function anchorsOf({ rows, each }: Anchors, step: number, seed: number): Anchor[] {
  const passes = new Map<number, number[]>();
  return Array.from({ length: rows.length === 0 ? 0 : each }, (_, i) => {
    const at = step * each + i;
    const pass = Math.floor(at / rows.length);
    let order = passes.get(pass);
    if (!order) passes.set(pass, (order = new Random(seed, 'anchors', pass).shuffle(rows.map((__, row) => row))));
    return rows[order[at % rows.length]];
  });
}
