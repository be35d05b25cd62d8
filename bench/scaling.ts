/** How a step's cost grows with context, batch, parameters and vocabulary, beside what the count of sums and products says. */
import { elapsed } from '../src/core/clock';
import type { Engine } from '../src/gpu/device';
import { adamwHyper } from '../src/train/schedule';
import { TrainStep } from '../src/train/trainStep';
import { parametersOf, ribbonOf, SIZES, stepGflop, studentOf, type Size } from './models';

const base = SIZES.bench;
const AXES: Record<string, [number, Partial<Size>][]> = {
  context: [64, 128, 256, 512, 1024].map((context) => [context, { context, batch: 1024 / context }]),
  batch: [1, 2, 4, 8, 16, 32].map((batch) => [batch, { batch }]),
  parameters: [
    { width: 64, hidden: 176 }, {}, { width: 256, hidden: 704, heads: 8 }, { width: 256, hidden: 704, heads: 8, layers: 8 },
    { width: 512, hidden: 1408, heads: 16, layers: 6 },
  ].map((change) => [parametersOf({ ...base, ...change }), change]),
  vocabulary: [512, 4096, 32768, 151936].map((vocab) => [vocab, { vocab }]),
};

export interface ScalingPoint {
  axis: string;
  value: number;
  gflop: number;
  tokensPerSecond: number;
  /** By the count, from the base model's at the same moments. */
  predicted: number;
  /** Measured over predicted: by the clock, and by the processor's own time, which other work on the machine hardly changes. */
  ratio: number;
  ratioOfProcessorTime?: number;
  /** Of the kernels' own time: products, attention, the update, all else; and what the products reach. */
  shares: Record<'products' | 'attention' | 'update' | 'rest', number>;
  productGflops: number;
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
  return {
    size, programs,
    async step() {
      const since = elapsed();
      const before = process.cpuUsage();
      programs.begin();
      await programs.accumulate(ribbon);
      programs.finish(adamwHyper(++steps, 1e-4, options));
      await programs.readRing();
      const { user, system } = process.cpuUsage(before);
      return { ms: elapsed() - since, processorMs: (user + system) / 1000 };
    },
  };
}

/** @param rounds steps of each point, one of the base model's beside each; the best counts, since other work only adds. */
export async function measureScaling(engine: Engine, rounds: number, axes: readonly string[], tell: (line: string) => void): Promise<ScalingPoint[]> {
  const points: ScalingPoint[] = [];
  const reference = await timedStep(engine, base);
  await reference.step();
  const onProcessor = engine.report.kind === 'processor';
  const best = (costs: readonly Cost[], of: keyof Cost) => Math.min(...costs.map((cost) => cost[of]));
  for (const [axis, values] of Object.entries(AXES)) {
    if (!axes.includes(axis)) continue;
    for (const [value, change] of values) {
      const size = { ...base, ...change };
      const point = await timedStep(engine, size);
      await point.step();
      const [mine, others]: Cost[][] = [[], []];
      for (let round = 0; round < rounds; round++) {
        others.push(await reference.step());
        mine.push(await point.step());
      }
      const gflop = stepGflop(size);
      const work = gflop / stepGflop(base);
      const ratioBy = (of: keyof Cost) => (work * best(others, of)) / best(mine, of);
      const tokensPerSecond = (1000 * size.context * size.batch) / best(mine, 'ms');
      const ratio = ratioBy('ms');
      points.push({
        axis, value, gflop, tokensPerSecond, predicted: tokensPerSecond / ratio, ratio,
        ...(onProcessor ? { ratioOfProcessorTime: ratioBy('processorMs') } : {}), ...(await parts(point)),
      });
      tell(`${axis} ${value}: ${Math.round(tokensPerSecond)} tokens/s, ${ratio.toFixed(2)} of predicted, ${ratioBy('processorMs').toFixed(2)} by processor time`);
      await point.programs.dispose();
    }
  }
  await reference.programs.dispose();
  return points;
}

async function parts({ programs, size }: Timed): Promise<Pick<ScalingPoint, 'shares' | 'productGflops'>> {
  const ms = { products: 0, attention: 0, update: 0, rest: 0 };
  let flops = 0;
  const counted = new Set<object>();
  for (const { node, ms: time } of await programs.time(ribbonOf(size))) {
    const { name } = node.op;
    const part = name === 'matmul' ? 'products' : name.startsWith('attention') ? 'attention' : name === 'adamw' ? 'update' : 'rest';
    ms[part] += time;
    if (part === 'products' && !counted.has(node)) flops += node.op.flops?.(node, () => 0) ?? 0;
    counted.add(node);
  }
  const whole = Object.values(ms).reduce((a, b) => a + b, 0);
  const shares = Object.fromEntries(Object.entries(ms).map(([part, time]) => [part, time / whole])) as ScalingPoint['shares'];
  return { shares, productGflops: flops / ms.products / 1e6 };
}
