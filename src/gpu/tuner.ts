/**
 * Which kernel a matrix product runs by on this adapter: the candidates for each class of shapes are timed, each only after it has agreed
 * with the plain kernel here. Costs no more than its budget, but for the candidate under way when that ends.
 */
import { elapsed } from '../core/clock';
import { Random } from '../core/random';
import { holdKernels } from './device';
import { elements, Graph, wordsOf, type KernelChoices, type Tensor } from './graph';
import { emitMatmul } from './ops/matmul';
import { matmulKernels, plainMatmul, ruled, type MatmulKernel } from './ops/matmulKernels';
import { BLOCKS, randomWords, type Packing } from './packing';
import { flopsOf, ProductsInUse, shapeClass, type MatmulShape } from './products';
import { Arenas, Pools, Program } from './program';
import { relativeError } from './selftest';
import type { WebGpuEngine } from './webgpu';

export interface TunerRow {
  shape: MatmulShape;
  kernel: string;
  /** 10⁹ multiplications and additions a second; 0 where it did not agree, or did not compile. */
  gflops: number;
  /** max |kernel − plain| / max |plain|, the worst of the sizes tried. */
  error: number;
  chosen: boolean;
  /** Why it did not compile here. */
  problem?: string;
}

type Judgement = Pick<TunerRow, 'gflops' | 'error' | 'problem'>;

export interface TunerOptions {
  /** How long it may take. */
  budgetMs?: number;
  /** Choices of earlier calls, which are kept. */
  known?: KernelChoices;
  /** Kernels may win that round what they multiply to 16-bit floats. */
  rounding?: boolean;
  /** Ends it after the candidate under way, as the end of the budget does. */
  signal?: AbortSignal;
  /** Is told of every candidate of a class once that is decided. */
  onRow?: (row: TunerRow) => void;
}

export interface TunerReport {
  budgetMs: number;
  spentMs: number;
  rows: TunerRow[];
  /** All classes decided, those known before included. */
  kernels: KernelChoices;
  /** One of each class for which no time was left. */
  left: MatmulShape[];
}

/** Two right kernels differ by the order of their sums alone; one that rounds to 16 bits by 2⁻¹¹ of each factor besides. */
const AGREEMENT = 2e-5;
const ROUNDED_AGREEMENT = 2e-3;
/** Sizes beside its own at which a kernel must agree where it fits: edges of every tile, k that is no multiple of eight. */
const ODD_SIZES = [[20, 36, 12], [68, 100, 64], [7, 52, 72]];
/** A slow adapter is timed on less of the same shape. */
const MOST_FLOPS = { software: 2 ** 24, hardware: 2 ** 33 };
const TIMES = 3;

/** How long it may take where nobody says. */
export const DEFAULT_BUDGET_MS = 2000;

/** What it measured it remembers: a class that one call had no time for costs the next one less. */
export class Tuner {
  private readonly judged = new Map<string, Promise<Judgement>>();
  private readonly oddErrors = new Map<string, Promise<number>>();
  /** The plain kernel's numbers at odd sizes, and at the size last asked for. */
  private readonly plain = new Map<string, Promise<Float32Array>>();
  private last?: { size: string; values: Promise<Float32Array> };

  constructor(private readonly engine: WebGpuEngine) {}

  /** Choices take effect by `engine.kernels`, which the caller sets. */
  async tune(shapes: readonly MatmulShape[], options: TunerOptions = {}): Promise<TunerReport> {
    const { budgetMs = DEFAULT_BUDGET_MS, known = {}, rounding = false, signal, onRow = () => {} } = options;
    const { engine } = this;
    const started = elapsed();
    const over = () => signal?.aborted === true || elapsed() - started > budgetMs;
    const rows: TunerRow[] = [];
    const left: MatmulShape[] = [];
    const kernels: Record<string, string> = { ...known };
    for (const [name, shape] of new Map(shapes.map((one) => [shapeClass(one), one]))) {
      if (kernels[name] || ruled(shape, engine.target)) continue;
      const timed = smaller(shape, engine.report.kind === 'software' ? MOST_FLOPS.software : MOST_FLOPS.hardware);
      const candidates = matmulKernels.filter((kernel) => (rounding || !kernel.rounds) && fitting(engine, kernel, timed));
      const found: TunerRow[] = [];
      while (found.length < candidates.length && !over()) {
        const kernel = candidates[found.length];
        found.push({ shape, kernel: kernel.name, chosen: false, ...(await kept(this.judged, `${kernel.name} ${name}`, () => this.judge(kernel, timed))) });
      }
      // The best of some may be worse than what the rule gives.
      if (found.length < candidates.length) {
        left.push(shape);
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

  private async judge(kernel: MatmulKernel, shape: MatmulShape): Promise<Judgement> {
    try {
      const error = kernel === plainMatmul ? 0 : Math.max(await this.oddError(kernel, shape), await this.error(kernel, shape));
      if (error > (kernel.rounds ? ROUNDED_AGREEMENT : AGREEMENT)) return { gflops: 0, error };
      const { ms } = await run(this.engine, kernel, shape, TIMES);
      return { gflops: flopsOf(shape) / ms / 1e6, error };
    } catch (thrown) {
      return { gflops: 0, error: Infinity, problem: thrown instanceof Error ? thrown.message : String(thrown) };
    }
  }

  private oddError(kernel: MatmulKernel, { layout, packing }: MatmulShape): Promise<number> {
    return kept(this.oddErrors, `${kernel.name} ${layout} ${packing}`, async () => {
      let worst = 0;
      for (const [m, n, k] of ODD_SIZES) {
        const shape: MatmulShape = { layout, m, n, k, packing };
        const whole = [n, k].every((side) => side % (packing ? BLOCKS[packing].values : 1) === 0);
        if (whole && fitting(this.engine, kernel, shape)) worst = Math.max(worst, await this.error(kernel, shape, true));
      }
      return worst;
    });
  }

  private async error(kernel: MatmulKernel, shape: MatmulShape, odd = false): Promise<number> {
    const size = JSON.stringify(shape);
    const make = async () => (await run(this.engine, plainMatmul, shape, 0)).values;
    const plain = odd ? kept(this.plain, size, make) : this.plainAtLast(size, make);
    return relativeError((await run(this.engine, kernel, shape, 0)).values, await plain);
  }

  private plainAtLast(size: string, make: () => Promise<Float32Array>): Promise<Float32Array> {
    if (this.last?.size !== size) this.last = { size, values: make() };
    return this.last.values;
  }
}

/** The products of one training step's linear layers, [out, in] each, over so many tokens, and of decoding for so many answers. */
export function linearProducts(weights: readonly (readonly number[])[], tokens: number, answers: number, packing?: Packing): MatmulShape[] {
  const trained: MatmulShape[] = packing ? [] : weights.map(([out, input]) => ({ layout: 'tn', m: out, n: input, k: tokens }));
  return [...trained, ...weights.flatMap(([out, input]): MatmulShape[] => [
    { layout: 'nt', m: tokens, n: out, k: input, packing }, { layout: 'nn', m: tokens, n: input, k: out, packing },
    { layout: 'nt', m: answers, n: out, k: input, packing },
  ])];
}

/** Halves the longest side until a product takes so many operations at most; its class is decided by what is left. */
function smaller(shape: MatmulShape, most: number): MatmulShape {
  const { m, n, k } = shape;
  if (flopsOf(shape) <= most) return shape;
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

function build({ layout, m, n, k, packing }: MatmulShape): Built {
  const graph = new Graph();
  const a = graph.tensor('a', layout === 'tn' ? [k, m] : [m, k], { pool: 'batch' });
  const b = graph.tensor('b', layout === 'nt' ? [n, k] : [k, n], { pool: 'params', packing });
  const c = graph.tensor('c', [m, n], { pool: 'state' });
  emitMatmul(graph, layout, a, b, c, false);
  return { graph, a, b, c };
}

function fitting(engine: WebGpuEngine, kernel: MatmulKernel, shape: MatmulShape): boolean {
  const { a, b, c } = build(shape);
  return kernel.fits({ ...shape, a, b, c, accumulate: false, scale: 1 }, { ...engine.target, kernels: {}, inUse: undefined });
}

function kept<T>(map: Map<string, Promise<T>>, key: string, make: () => Promise<T>): Promise<T> {
  const value = map.get(key) ?? make();
  map.set(key, value);
  return value;
}

/** The product by that kernel, and the shortest of so many timed runs. */
async function run(engine: WebGpuEngine, kernel: MatmulKernel, shape: MatmulShape, times: number): Promise<{ values: Float32Array; ms: number }> {
  const { graph, a, b, c } = build(shape);
  const held = holdKernels(engine, { [shapeClass(shape)]: kernel.name });
  // What is only tried is not in use.
  Object.defineProperty(held, 'inUse', { value: new ProductsInUse() });
  const pools = new Pools(held);
  const arenas = new Arenas(held);
  let program: Program | undefined;
  try {
    for (const tensor of [a, b, c]) pools.create(tensor.pool, [tensor]);
    for (const tensor of [a, b]) {
      const random = new Random(11, tensor.name);
      pools.write(tensor, tensor.packing && shape.packing ? randomWords(wordsOf(tensor), shape.packing, random) : Float32Array.from({ length: elements(tensor) }, () => random.normal()));
    }
    program = await Program.compile(graph, pools, arenas);
    program.run();
    const [bytes] = await pools.read([c]);
    let ms = Infinity;
    for (let i = 0; i < times; i++) {
      const started = elapsed();
      program.run(TIMES);
      await engine.idle();
      ms = Math.min(ms, (elapsed() - started) / TIMES);
    }
    return { values: new Float32Array(bytes), ms };
  } finally {
    program?.destroy();
    pools.destroy();
    arenas.destroy();
  }
}
