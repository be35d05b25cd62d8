/** Where the time and the memory of a training step go: each kernel by itself, against what this device can do at most. */
import { elapsed } from '../core/clock';
import { Random } from '../core/random';
import { StudioError } from '../core/errors';
import { measureCeilings, rooflineShare, type Ceilings } from '../gpu/ceilings';
import type { AdapterReport, Engine, LaunchTime } from '../gpu/device';
import type { Node, Tensor } from '../gpu/graph';
import { bytesOf } from '../gpu/plan';
import type { Student, StudentShape } from '../model/types';
import { CAPACITY_STEP, exampleCoefficients, mostTokens, packRibbon, type Ribbon } from './batch';
import type { Example } from './example';
import { MEMORY_PARTS, trainingMemory, type MemoryPart } from './memory';
import { adamwHyper } from './schedule';
import { TrainStep } from './trainStep';

/** All launches of one kernel in a step. */
export interface KernelTime {
  /** The operation, a product with its layout. */
  name: string;
  launches: number;
  ms: number;
  /** Of the time of all kernels. */
  share: number;
  /** 10⁹ sums and products a second, and that rate as a share of the best product: of kernels that are bound by them. */
  gflops?: number;
  ofMatmul?: number;
  /** 10⁹ bytes a second, each tensor read or written once, and that rate as a share of the plainest sum's. */
  gbPerSecond: number;
  ofStream: number;
}

export interface StepProfile {
  device: AdapterReport;
  student: { name: string; parameters: number };
  batch: {
    rows: number; tokens: number;
    /** Share of what goes through the kernels that is no token; and what it would be, were every row filled up to the longest. */
    padding: number; paddingToLongest: number;
  };
  step: {
    /** Median of whole steps, from the call to the loss in hand. */
    ms: number; steps: number; tokensPerSecond: number;
    /** Of products and attention, and the share of the roofline (gpu/ceilings.ts); and the sum of the kernels' own times. */
    gflop: number; gflops: number; ofRoofline: number; kernelMs: number;
    /** Kernels a step starts; on the processor a matrix is packed by a kernel of its own, which is not counted. */
    dispatches: number;
  };
  ceilings: Ceilings;
  /** Bytes by purpose, of those that hold any. */
  memory: Partial<Record<MemoryPart, number>>;
  kernels: KernelTime[];
}

/** Whole steps are timed for about so long. */
const STEPS_MS = 1500;
const MOST_STEPS = 50;
const FEWEST_STEPS = 3;
const LEAST_MS = 1e-6;

/** Rows of random tokens, as long as a student reads, up to 128: for a profile without data. @param tokens about how many in all. */
export function randomExamples({ config }: Pick<Student, 'config'>, tokens = 1024): Example[] {
  const length = Math.min(config.context, 128, tokens);
  const random = new Random(0, 'profile');
  return Array.from({ length: Math.max(1, Math.floor(tokens / length)) }, () => ({
    ids: Array.from({ length }, () => random.below(config.vocab)), lossFrom: 1, weight: 1,
  }));
}

/**
 * Profiles one step on `examples`, as many of them as go through at once.
 * @throws StudioError `profile-no-data`; the signal's reason when it aborts.
 */
export async function profileStep(engine: Engine, student: Student, examples: readonly Example[],
  onProgress: (what: string) => void = () => {}, signal?: AbortSignal): Promise<StepProfile> {
  const rows = fitting(examples, mostTokens(engine.limits, student.config));
  if (rows.length === 0) throw new StudioError('profile-no-data', 'No row is short enough to go through this student.', { remedy: 'Give rows that are shorter.' });
  onProgress('What this device can do at most');
  const ceilings = await measureCeilings(engine);
  signal?.throwIfAborted();
  const ribbon = packRibbon(rows, exampleCoefficients(rows, 'example'));
  const memory = await memoryOf(engine, student, ribbon.capacity);
  onProgress('Preparing the step');
  const programs = await TrainStep.create(engine, student, ribbon.capacity);
  try {
    const times = await wholeSteps(engine, programs, ribbon, (step) => onProgress(`Whole steps: ${step}`), signal);
    const dispatches = await programs.launches(ribbon.capacity);
    onProgress('Each kernel by itself');
    const launches = await programs.time(ribbon);
    const pairs = (window: number) => rows.reduce((sum, { ids }) => sum + pairsOf(ids.length, window), 0);
    // On the processor a node is one, whatever calls it is made of.
    const kernels = byKernel(launches, pairs, ceilings, engine.report.kind === 'processor');
    const ms = times.sort((a, b) => a - b)[Math.floor(times.length / 2)];
    const gflop = nodesOf(launches).reduce((sum, node) => sum + (node.op.flops?.(node, pairs) ?? 0), 0) / 1e9;
    const { tokens, capacity } = ribbon;
    return {
      device: engine.report, ceilings, memory, kernels,
      student: { name: student.name, parameters: programs.weights.trained.total },
      batch: {
        rows: rows.length, tokens, padding: 1 - tokens / capacity,
        paddingToLongest: 1 - tokens / (rows.length * Math.max(...rows.map(({ ids }) => ids.length))),
      },
      step: {
        ms, steps: times.length, tokensPerSecond: (1000 * tokens) / ms, gflop, gflops: (1000 * gflop) / ms, ofRoofline: rooflineShare(gflop, ms, ceilings.matmul.gflops),
        kernelMs: kernels.reduce((sum, kernel) => sum + kernel.ms, 0), dispatches,
      },
    };
  } finally {
    await programs.dispose();
  }
}

/** The rows from the front that go through at once, longer ones left out. */
function fitting(examples: readonly Example[], most: number): Example[] {
  let left = Math.floor(most / CAPACITY_STEP) * CAPACITY_STEP;
  return examples.filter(({ ids }) => {
    if (ids.length > left) return false;
    left -= ids.length;
    return true;
  });
}

/** What the step holds; not what reading a checkpoint would take. */
async function memoryOf({ shape }: Engine, student: StudentShape, capacity: number): Promise<StepProfile['memory']> {
  const { parts } = await trainingMemory(shape, { ...student, accumulate: 1, sizesOf: () => [capacity] });
  return Object.fromEntries(MEMORY_PARTS.flatMap((part) => (part !== 'readback' && parts[part] > 0 ? [[part, parts[part]]] : [])));
}

async function wholeSteps(engine: Engine, programs: TrainStep, ribbon: Ribbon, onStep: (step: number) => void, signal?: AbortSignal): Promise<number[]> {
  const times: number[] = [];
  const options = { beta1: 0.9, beta2: 0.98, epsilon: 1e-8, weightDecay: 0, clip: 1 };
  let sum = 0;
  // The first is apart: kernels may be compiled then.
  for (let step = 0; step <= FEWEST_STEPS || (sum < STEPS_MS && step <= MOST_STEPS); step++) {
    signal?.throwIfAborted();
    const since = elapsed();
    programs.begin();
    await programs.accumulate(ribbon);
    programs.finish(adamwHyper(step + 1, 1e-4, options));
    engine.rest?.(0.8 * (times.at(-1) ?? 0));
    await programs.readRing();
    if (step === 0) continue;
    times.push(elapsed() - since);
    sum += times[times.length - 1];
    onStep(step);
  }
  return times;
}

/** How many tokens the tokens of a document see, each at most `window` with itself. */
function pairsOf(length: number, window: number): number {
  const full = Math.min(length, window);
  return (full * (full + 1)) / 2 + (length - full) * full;
}

/** A node may be several launches. */
function nodesOf(launches: readonly LaunchTime[]): Node[] {
  return [...new Set(launches.map(({ node }) => node))];
}

function byKernel(launches: readonly LaunchTime[], pairs: (window: number) => number, { matmul, stream }: Ceilings, nodesCount: boolean): KernelTime[] {
  const groups = new Map<string, { ms: number; times: number; nodes: Set<Node> }>();
  for (const { node, ms: told } of launches) {
    // A coarse clock may see no time pass.
    const ms = Math.max(LEAST_MS, told);
    const name = node.attributes.layout ? `${node.op.name} ${node.attributes.layout}` : node.op.name;
    const group = groups.get(name) ?? { ms: 0, times: 0, nodes: new Set() };
    groups.set(name, group);
    group.ms += ms;
    group.times++;
    group.nodes.add(node);
  }
  const whole = [...groups.values()].reduce((sum, { ms }) => sum + ms, 0);
  return [...groups].map(([name, { ms, times, nodes }]): KernelTime => {
    const flops = [...nodes].reduce((sum, node) => sum + (node.op.flops?.(node, pairs) ?? 0), 0);
    const gflops = flops > 0 ? flops / ms / 1e6 : undefined;
    const gbPerSecond = [...nodes].reduce((sum, node) => sum + traffic(node), 0) / ms / 1e6;
    return {
      name, launches: nodesCount ? nodes.size : times, ms, share: ms / whole, gflops, ofMatmul: gflops && gflops / matmul.gflops,
      gbPerSecond, ofStream: gbPerSecond / stream.gbPerSecond,
    };
  }).sort((a, b) => b.ms - a.ms);
}

/** Bytes that a node cannot do without: its tensors once each, twice where it adds to what is there; of an embedding only the rows in use. */
function traffic({ op, inputs, outputs, attributes }: Node): number {
  const again = attributes.accumulate || attributes.inPlace ? 2 : 1;
  const most = op.name.startsWith('embed') ? bytesOf(op.name.endsWith('Backward') ? inputs[0] : outputs[0]) : Infinity;
  const sum = (tensors: readonly Tensor[]) => tensors.reduce((bytes, tensor) => bytes + Math.min(most, bytesOf(tensor)), 0);
  return sum(inputs) + again * sum(outputs);
}
