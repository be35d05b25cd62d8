/**
 * Which kernel a matrix product runs by on this adapter: the candidates for each class of shapes are timed, each only after it has agreed
 * with the plain kernel here. Costs no more than its budget, but for the candidate under way when that ends.
 */
import { elapsed } from '../core/clock';
import { Random } from '../core/random';
import { holdKernels } from './device';
import { elements, Graph, type KernelChoices, type Tensor } from './graph';
import { emitMatmul } from './ops/matmul';
import { matmulKernels, plainMatmul, shapeClass, type MatmulKernel, type MatmulShape } from './ops/matmulKernels';
import { Arenas, Pools, Program } from './program';
import { relativeError } from './selftest';
import type { WebGpuEngine } from './webgpu';

export interface TunerRow {
  shape: MatmulShape;
  kernel: string;
  /** 10⁹ multiplications and additions a second; 0 where it did not agree. */
  gflops: number;
  /** max |kernel − plain| / max |plain|, the worst of the sizes tried. */
  error: number;
  chosen: boolean;
}

export interface TunerReport {
  budgetMs: number;
  spentMs: number;
  rows: TunerRow[];
  /** All classes decided, those known before included. */
  kernels: KernelChoices;
  /** Classes for which no time was left. */
  left: string[];
}

/** Two right kernels differ by the order of their sums alone. */
const AGREEMENT = 2e-5;
/** Sizes beside its own at which a kernel must agree where it fits: edges of every tile, k that is no multiple of eight. */
const ODD_SIZES = [[20, 36, 12], [68, 100, 64], [7, 52, 72]];
/** A slow adapter is timed on less of the same shape. */
const MOST_FLOPS = { software: 2 ** 24, hardware: 2 ** 33 };
const TIMES = 3;

/** How long it may take where nobody says. */
export const DEFAULT_BUDGET_MS = 2000;

/** @param known choices of earlier calls, which are kept. Choices take effect by `engine.kernels`, which the caller sets. */
export async function tune(engine: WebGpuEngine, shapes: readonly MatmulShape[], budgetMs: number, known: KernelChoices = {},
  onRow: (row: TunerRow) => void = () => {}): Promise<TunerReport> {
  const started = elapsed();
  const rows: TunerRow[] = [];
  const left: string[] = [];
  const kernels: Record<string, string> = { ...known };
  const open = new Map(shapes.map((shape) => [shapeClass(shape), shape]));
  for (const [name, shape] of open) {
    if (kernels[name]) continue;
    if (elapsed() - started > budgetMs) {
      left.push(name);
      continue;
    }
    const timed = smaller(shape, engine.report.kind === 'software' ? MOST_FLOPS.software : MOST_FLOPS.hardware);
    const found: TunerRow[] = [];
    const candidates = matmulKernels.filter((kernel) => fitting(engine, kernel, timed));
    for (const kernel of candidates) {
      if (elapsed() - started > budgetMs) break;
      found.push({ shape, kernel: kernel.name, chosen: false, ...(await judge(engine, kernel, timed)) });
    }
    // The best of some may be worse than what the rule gives.
    if (found.length < candidates.length) {
      left.push(name);
      continue;
    }
    const best = found.reduce((a, b) => (b.gflops > a.gflops ? b : a));
    best.chosen = true;
    kernels[name] = best.kernel;
    found.forEach(onRow);
    rows.push(...found);
  }
  return { budgetMs, spentMs: Math.round(elapsed() - started), rows, kernels, left };
}

/** The products of one training step's linear layers, [out, in] each, over so many tokens, and of decoding for so many answers. */
export function linearProducts(weights: readonly (readonly number[])[], tokens: number, answers: number): MatmulShape[] {
  return weights.flatMap(([out, input]): MatmulShape[] => [
    { layout: 'nt', m: tokens, n: out, k: input }, { layout: 'nn', m: tokens, n: input, k: out }, { layout: 'tn', m: out, n: input, k: tokens },
    { layout: 'nt', m: answers, n: out, k: input },
  ]);
}

/** Halves the longest side until a product takes so many operations at most; its class is decided by what is left. */
function smaller(shape: MatmulShape, most: number): MatmulShape {
  const { m, n, k } = shape;
  if (2 * m * n * k <= most) return shape;
  const half = (side: number) => Math.max(64, Math.ceil(side / 128) * 64);
  if (Math.max(m, n, k) <= 64) return shape;
  if (m >= n && m >= k) return smaller({ ...shape, m: half(m) }, most);
  return n >= k ? smaller({ ...shape, n: half(n) }, most) : smaller({ ...shape, k: half(k) }, most);
}

interface Built {
  graph: Graph;
  a: Tensor;
  b: Tensor;
  c: Tensor;
}

function build({ layout, m, n, k }: MatmulShape): Built {
  const graph = new Graph();
  const a = graph.tensor('a', layout === 'tn' ? [k, m] : [m, k], { pool: 'batch' });
  const b = graph.tensor('b', layout === 'nt' ? [n, k] : [k, n], { pool: 'params' });
  const c = graph.tensor('c', [m, n], { pool: 'state' });
  emitMatmul(graph, layout, a, b, c, false);
  return { graph, a, b, c };
}

function fitting(engine: WebGpuEngine, kernel: MatmulKernel, shape: MatmulShape): boolean {
  const { a, b, c } = build(shape);
  return kernel.fits({ ...shape, a, b, c, accumulate: false, scale: 1 }, { ...engine.target, kernels: {} });
}

async function judge(engine: WebGpuEngine, kernel: MatmulKernel, shape: MatmulShape): Promise<{ gflops: number; error: number }> {
  const others = ODD_SIZES.map(([m, n, k]) => ({ layout: shape.layout, m, n, k })).filter((odd) => fitting(engine, kernel, odd));
  let error = 0;
  for (const size of kernel === plainMatmul ? [] : [...others, shape]) {
    const plain = await run(engine, plainMatmul, size, 0);
    const own = await run(engine, kernel, size, 0);
    error = Math.max(error, relativeError(own.values, plain.values));
  }
  if (error > AGREEMENT) return { gflops: 0, error };
  const { ms } = await run(engine, kernel, shape, TIMES);
  return { gflops: (2 * shape.m * shape.n * shape.k) / ms / 1e6, error };
}

/** The product by that kernel, and the shortest of so many timed runs. */
async function run(engine: WebGpuEngine, kernel: MatmulKernel, shape: MatmulShape, times: number): Promise<{ values: Float32Array; ms: number }> {
  const { graph, a, b, c } = build(shape);
  const held = holdKernels(engine, { [shapeClass(shape)]: kernel.name });
  const pools = new Pools(held);
  const arenas = new Arenas(held);
  for (const tensor of [a, b, c]) pools.create(tensor.pool, [tensor]);
  for (const tensor of [a, b]) {
    const random = new Random(11, tensor.name);
    pools.write(tensor, Float32Array.from({ length: elements(tensor) }, () => random.normal()));
  }
  const program = await Program.compile(graph, pools, arenas);
  program.run();
  const [bytes] = await pools.read([c]);
  let ms = Infinity;
  for (let i = 0; i < times; i++) {
    const started = elapsed();
    program.run(TIMES);
    await engine.idle();
    ms = Math.min(ms, (elapsed() - started) / TIMES);
  }
  program.destroy();
  pools.destroy();
  arenas.destroy();
  return { values: new Float32Array(bytes), ms };
}
