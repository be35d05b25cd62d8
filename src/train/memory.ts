/**
 * What training or answering will hold on a device, by part, before any of it is there: the same programs are made on a rehearsal of the
 * device (gpu/rehearsal.ts), so that the figure is the plan's own. Nothing here needs a device or a student's numbers.
 */
import type { DeviceShape, Engine } from '../gpu/device';
import { Rehearsal } from '../gpu/rehearsal';
import type { StudentShape } from '../model/types';
import { capacityFor, mostTokens, passes } from './batch';
import { Generator } from './generate';
import { Scorer } from './scorer';
import { TrainStep } from './trainStep';
import type { TrainMethod } from './types';

/**
 * `weights`: the student's, trained or frozen; `activations`: they, their gradients and the logits, which share memory; `cache`: keys
 * and values of answers; `batches`: tokens, rotary tables, the log; `scratch`: what kernels use while they run; `readback`: a
 * checkpoint on its way to the host.
 */
export const MEMORY_PARTS = ['weights', 'adapter', 'gradients', 'optimiser', 'activations', 'cache', 'batches', 'scratch', 'readback'] as const;
export type MemoryPart = (typeof MEMORY_PARTS)[number];

/** Bytes. */
export interface MemoryEstimate {
  parts: Record<MemoryPart, number>;
  /** Never exceeded by what the engine's `allocated.peak` measures. */
  total: number;
}

export interface TrainingPlan extends StudentShape, TrainMethod {
  /** Passes that a step's gradients are collected over, at least. */
  accumulate: number;
  /** Capacities of the ribbons of a run with so many passes a step, largest first, then as they come. */
  sizesOf(accumulate: number): readonly number[];
  /** Capacities of ribbons that are also scored without gradients. */
  scored?: TrainingPlan['sizesOf'];
  /** Of reinforcement: a second copy of the student, which writes the answers. */
  rollouts?: AnsweringSizes;
  /** Of reinforcement: a third, which stays as it was and scores ribbons of the same capacities. */
  reference?: boolean;
}

/** Answers in flight at once, and the longest answer, and prompt and answer together, in tokens. */
export interface AnsweringSizes {
  slots: number;
  context: number;
  maxTokens: number;
}

/** Capacities where every step may fill `batch` examples of up to `context` tokens. */
export function fullSizes({ limits }: DeviceShape, { config }: StudentShape, batch: number, context: number): TrainingPlan['sizesOf'] {
  const most = mostTokens(limits, config);
  return (accumulate) => [capacityFor(Math.max(context, Math.min(most, Math.ceil(batch / accumulate) * context)))];
}

/** Capacities of the ribbons for steps of examples with so many tokens each. */
export function sizesOf(steps: readonly (readonly { ids: { length: number } }[])[], accumulate: number, tokensAtOnce: number): number[] {
  const sizes = steps.flatMap((examples) => passes(examples, accumulate, tokensAtOnce).map((pass) => capacityFor(pass.reduce((sum, { ids }) => sum + ids.length, 0))));
  return largestFirst(sizes.length > 0 ? sizes : [capacityFor(1)]);
}

/** Each size once, the largest before the others, which keep their order. */
export function largestFirst(sizes: readonly number[]): number[] {
  return [...new Set([sizes.reduce((a, b) => Math.max(a, b)), ...sizes])];
}

/** @throws StudioError `gpu-too-large` where one tensor is more than the device takes, `train-packed` */
export async function trainingMemory(device: DeviceShape, plan: TrainingPlan): Promise<MemoryEstimate> {
  const rehearsal = new Rehearsal(device);
  const { step } = await prepare(rehearsal, plan);
  return estimateOf(rehearsal, plan, rehearsal.readback(4 * step.weights.trained.total));
}

/** Everything that training takes, with no numbers in it. */
async function prepare(engine: Engine, plan: TrainingPlan): Promise<{ step: TrainStep; dispose(): Promise<void> }> {
  const { accumulate, rollouts, reference } = plan;
  const sizes = plan.sizesOf(accumulate);
  const step = await TrainStep.prepare(engine, plan, sizes, plan.scored?.(accumulate));
  const beside = [...(rollouts ? [await Generator.prepare(engine, plan, rollouts, rollouts.maxTokens)] : []), ...(reference ? [await Scorer.prepare(engine, plan, sizes)] : [])];
  return {
    step,
    async dispose() {
      for (const one of [...beside, step]) await one.dispose();
    },
  };
}

export async function answeringMemory(device: DeviceShape, student: StudentShape, options: AnsweringSizes): Promise<MemoryEstimate> {
  const rehearsal = new Rehearsal(device);
  await Generator.prepare(rehearsal, student, options, options.maxTokens);
  return estimateOf(rehearsal, student, rehearsal.readback(4 * options.slots * (options.maxTokens + 8)));
}

/**
 * Takes the memory on the device itself, asks the device whether it was there, and gives it back.
 * @returns the most bytes held. @throws StudioError as the device does where it runs out.
 */
export async function tryTraining(engine: Engine, plan: TrainingPlan): Promise<number> {
  const held = countHeld(engine);
  const prepared = await prepare(engine, plan);
  try {
    await prepared.step.readRing();
    return held();
  } finally {
    await prepared.dispose();
  }
}

/** Counts what a device holds from now on. @returns tells the most so far, in bytes beyond what was there. */
export function countHeld(engine: Engine): () => number {
  engine.watchPeak();
  const before = engine.allocated.now;
  return () => engine.allocated.peak - before;
}

function estimateOf({ held }: Rehearsal, { adapter }: StudentShape, readback: number): MemoryEstimate {
  const parts = Object.fromEntries(MEMORY_PARTS.map((part) => [part, 0])) as Record<MemoryPart, number>;
  for (const [label, bytes] of held) parts[partOf(label, !!adapter)] += bytes;
  parts.readback += readback;
  return { parts, total: MEMORY_PARTS.reduce((sum, part) => sum + parts[part], 0) };
}

/** By the label of a block: its pool's name, or an arena's. */
function partOf(label: string, adapter: boolean): MemoryPart {
  if (label.startsWith('arena')) return 'activations';
  switch (label) {
    case 'params': return adapter ? 'adapter' : 'weights';
    case 'frozen': return 'weights';
    case 'grads': return 'gradients';
    case 'm': case 'v': return 'optimiser';
    case 'cache': case 'scratch': return label;
    default: return 'batches';
  }
}
