/** How a step's cost grows with context, batch, parameters and vocabulary, beside what counts of its work say. */
import { loadavg } from 'node:os';
import { elapsed } from '../src/core/clock';
import type { Engine } from '../src/gpu/device';
import { Graph, type Tensor } from '../src/gpu/graph';
import { emitAdd } from '../src/gpu/ops/add';
import { Arenas, Pools, Program } from '../src/gpu/program';
import { adamwHyper } from '../src/train/schedule';
import { TrainStep } from '../src/train/trainStep';
import { parametersOf, ribbonOf, SIZES, stepGflop, stepWork, studentOf, type Part, type Size } from './models';

const base = SIZES.bench;
/** The largest on fewer tokens: with 1,024 a step is 125 GFLOP, minutes of a software adapter. */
const AXES: Record<string, [number, Partial<Size>][]> = {
  context: [64, 128, 256, 512, 1024].map((context) => [context, { context, batch: 1024 / context }]),
  batch: [1, 2, 4, 8, 16, 32].map((batch) => [batch, { batch }]),
  parameters: [
    { width: 64, hidden: 176 }, {}, { width: 256, hidden: 704, heads: 8 }, { width: 256, hidden: 704, heads: 8, layers: 8 },
    { width: 512, hidden: 1408, heads: 16, layers: 6, batch: 2 },
  ].map((change) => [parametersOf({ ...base, ...change }), change]),
  vocabulary: [512, 4096, 32768, 151936].map((vocab) => [vocab, vocab > 4096 ? { vocab, batch: 2 } : { vocab }]),
};
/** A point whose rounds have taken so long gets no further one: what is slow is also steady. */
const ENOUGH_MS = 12_000;

type Shares = Record<Part, number>;

export interface ScalingPoint {
  axis: string;
  value: number;
  /** Of a step. */
  tokens: number;
  gflop: number;
  ms: number;
  tokensPerSecond: number;
  /** Tokens a second by the count of sums and products, from the base model's at the same moments. */
  predicted: number;
  /** Measured over predicted: by the clock, and by the processor's own time, which other work on the machine hardly changes. */
  ratio: number;
  ratioOfProcessorTime?: number;
  /** The same where each part of the base model's time grows as its own work does, and every launch costs what it costs there. */
  priced: number;
  /** Of the kernels' own time; and what the linear layers' products reach. */
  shares: Shares;
  productGflops: number;
  launches: number;
  /** Of the machine, in the minute before. */
  load: number;
}

interface Cost {
  ms: number;
  processorMs: number;
}

export interface Timed {
  size: Size;
  /** ms from the call to the loss in hand, and ms that all threads of this process worked meanwhile. */
  step(): Promise<Cost>;
  programs: TrainStep;
}

const options = { beta1: 0.9, beta2: 0.98, epsilon: 1e-8, weightDecay: 0.1, clip: 0 };

/** A model with its batch. */
export async function timedStep(engine: Engine, size: Size, weights?: (row: number) => number): Promise<Timed> {
  const ribbon = ribbonOf(size, weights);
  const programs = await TrainStep.create(engine, studentOf(size), ribbon.capacity);
  let steps = 0;
  let last = 0;
  return {
    size, programs,
    async step() {
      const since = elapsed();
      const before = process.cpuUsage();
      programs.begin();
      await programs.accumulate(ribbon);
      programs.finish(adamwHyper(++steps, 1e-4, options));
      engine.rest?.(0.8 * last);
      await programs.readRing();
      const { user, system } = process.cpuUsage(before);
      last = elapsed() - since;
      return { ms: last, processorMs: (user + system) / 1000 };
    },
  };
}

/** The base model's time, and how it is made up: what a point's is told from. */
interface Basis {
  timed: Timed;
  shares: Shares;
  /** Of the step's time, what its kernels take; the rest goes by launches. */
  inKernels: number;
  launches: number;
}

/** Launches of the smallest sum there is, for what a launch costs by itself. */
const EMPTY_LAUNCHES = 128;

/**
 * The points of an axis from `from` on, each as soon as it is there.
 * @param rounds steps of each point at most, one of the base model's beside each; the best counts, since other work only adds.
 */
export async function* measureScaling(engine: Engine, rounds: number, axis: string, from: number): AsyncGenerator<ScalingPoint> {
  const basis = await basisOf(engine);
  // A software adapter works in this process too.
  const onProcessor = engine.report.kind !== 'hardware';
  const best = (costs: readonly Cost[], of: keyof Cost) => Math.min(...costs.map((cost) => cost[of]));
  for (const [value, change] of AXES[axis].filter(([at]) => at >= from)) {
    const size = { ...base, ...change };
    const point = await timedStep(engine, size);
    await point.step();
    const [mine, others]: Cost[][] = [[], []];
    const since = elapsed();
    for (let round = 0; round < rounds && (round === 0 || elapsed() - since < ENOUGH_MS); round++) {
      others.push(await basis.timed.step());
      mine.push(await point.step());
    }
    const gflop = stepGflop(size);
    const ratioBy = (of: keyof Cost) => (gflop / stepGflop(base)) * (best(others, of) / best(mine, of));
    const [ms, ratio] = [best(mine, 'ms'), ratioBy('ms')];
    const tokens = size.context * size.batch;
    const tokensPerSecond = (1000 * tokens) / ms;
    const parts = await partsOf(point);
    yield {
      axis, value, tokens, gflop, ms, tokensPerSecond, predicted: tokensPerSecond / ratio, ratio,
      ...(onProcessor ? { ratioOfProcessorTime: ratioBy('processorMs') } : {}),
      priced: priceOf(size, parts.launches, basis, best(others, 'ms')) / ms,
      shares: parts.shares, productGflops: parts.productGflops, launches: parts.launches, load: loadavg()[0],
    };
    await point.programs.dispose();
  }
  await basis.timed.programs.dispose();
}

async function basisOf(engine: Engine): Promise<Basis> {
  const timed = await timedStep(engine, base);
  await timed.step();
  const { kernelsMs, ...parts } = await partsOf(timed);
  const launchesMs = parts.launches * (await launchMs(engine));
  return { timed, ...parts, inKernels: kernelsMs / (kernelsMs + launchesMs) };
}

async function launchMs(engine: Engine): Promise<number> {
  const graph = new Graph(engine.limits);
  const [a, b] = [graph.tensor('a', [64], { pool: 'state' }), graph.tensor('b', [64], { pool: 'params' })];
  for (let i = 0; i < EMPTY_LAUNCHES; i++) emitAdd(graph, a, b);
  const pools = new Pools(engine);
  pools.create('state', [a]);
  pools.create('params', [b]);
  const program = await Program.compile(graph, pools, new Arenas(engine));
  const times: number[] = [];
  for (let round = 0; round < 10; round++) {
    const since = elapsed();
    program.run();
    await engine.idle();
    times.push(elapsed() - since);
  }
  program.destroy();
  pools.destroy();
  return Math.min(...times) / EMPTY_LAUNCHES;
}

/** ms that a step of that size should take, where the base model's takes `baseMs` at that moment. */
function priceOf(size: Size, launches: number, basis: Basis, baseMs: number): number {
  const [work, before] = [stepWork(size), stepWork(base)];
  const grown = (Object.keys(work) as Part[]).reduce((sum, part) => sum + (basis.shares[part] * work[part]) / before[part], 0);
  return baseMs * (basis.inKernels * grown + ((1 - basis.inKernels) * launches) / basis.launches);
}

async function partsOf({ programs, size }: Timed): Promise<{ shares: Shares; kernelsMs: number; productGflops: number; launches: number }> {
  const ms: Shares = { products: 0, head: 0, attention: 0, update: 0, rest: 0 };
  let flops = 0;
  const counted = new Set<object>();
  const times = await programs.time(ribbonOf(size), 1);
  for (const { node, ms: time } of times) {
    const { name } = node.op;
    const ofHead = name.startsWith('crossEntropy') || [...node.inputs, ...node.outputs].some(isLogits);
    const part = ofHead ? 'head' : name === 'matmul' ? 'products' : name.startsWith('attention') ? 'attention' : name === 'adamw' ? 'update' : 'rest';
    ms[part] += time;
    if (part === 'products' && !counted.has(node)) flops += node.op.flops?.(node, () => 0) ?? 0;
    counted.add(node);
  }
  const kernelsMs = Object.values(ms).reduce((a, b) => a + b, 0);
  const shares = Object.fromEntries(Object.entries(ms).map(([part, time]) => [part, time / kernelsMs])) as Shares;
  return { shares, kernelsMs, productGflops: flops / ms.products / 1e6, launches: times.length };
}

function isLogits({ name }: Tensor): boolean {
  return name.startsWith('logits');
}
