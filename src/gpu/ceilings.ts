/** What this device can do at most, as far as the engine's own kernels go: its best product of matrices, and its plainest sum. */
import type { Engine, LaunchTime } from './device';
import { Graph } from './graph';
import { emitAdd } from './ops/add';
import { emitMatmul } from './ops/matmul';
import type { Layout } from './products';
import { Arenas, Pools, Program } from './program';

export interface Ceilings {
  /** The best product found: 10⁹ sums and products a second, and its size. */
  matmul: { gflops: number; size: number; layout: Layout };
  /** One array added onto another: bytes read and written, 10⁹ a second. */
  stream: { gbPerSecond: number; megabytes: number };
}

const LAYOUTS: Layout[] = ['nt', 'nn', 'tn'];
const SMALLEST = 256;
const LARGEST = 4096;
/** A product, or a sum, that takes longer is as good as the device gets. */
const ENOUGH_MS = 30;
const ROUNDS = 2;
/** In the end far more than caches hold. */
const STREAM_BYTES = { least: 1 << 22, most: 1 << 26 };

export async function measureCeilings(engine: Engine): Promise<Ceilings> {
  return { matmul: await bestProduct(engine), stream: await timeStream(engine) };
}

/**
 * Share of the roofline that a training step reaches: the time that its products and its attention would take at the rate of the best
 * product, over the time that the whole step took. What a step does besides costs no time in the first.
 * @param gflop 10⁹ sums and products of both; @param ms of the whole step; @param best 10⁹ a second, of the best product.
 */
export function rooflineShare(gflop: number, ms: number, best: number): number {
  return ((1000 * gflop) / best) / ms;
}

/** The best of square products in every layout, larger ones as long as they are quick. */
export async function bestProduct(engine: Engine): Promise<Ceilings['matmul']> {
  let matmul = { gflops: 0, size: 0, layout: LAYOUTS[0] };
  for (let size = SMALLEST, ms = 0; size <= LARGEST && ms < ENOUGH_MS; size *= 2) {
    const times = await timeProducts(engine, size);
    LAYOUTS.forEach((layout, i) => {
      const gflops = (2 * size ** 3) / times[i] / 1e6;
      if (gflops > matmul.gflops) matmul = { gflops, size, layout };
    });
    ms = Math.min(...times);
  }
  return matmul;
}

/** ms of the products of square matrices, one a layout, in the order nt, nn, tn. */
export async function timeProducts(engine: Engine, size: number): Promise<number[]> {
  const graph = new Graph(engine.limits);
  const matrix = (name: string, pool: 'params' | 'state') => graph.tensor(name, [size, size], { pool });
  const [a, b, c] = [matrix('a', 'params'), matrix('b', 'params'), matrix('c', 'state')];
  for (const layout of LAYOUTS) emitMatmul(graph, layout, a, b, c, false);
  const pools = new Pools(engine);
  pools.create('params', [a, b]);
  pools.create('state', [c]);
  const numbers = Float32Array.from({ length: size * size }, (_, i) => ((i * 2654435761) % 1000) / 1000 - 0.5);
  for (const tensor of [a, b]) pools.write(tensor, numbers);
  const times = await timed(graph, pools);
  return graph.nodes.map((node) => times.reduce((sum, launch) => sum + (launch.node === node ? launch.ms : 0), 0));
}

async function timeStream(engine: Engine): Promise<Ceilings['stream']> {
  const most = Math.min(STREAM_BYTES.most, engine.limits.binding, engine.limits.block);
  for (let bytes = Math.min(STREAM_BYTES.least, most); ; bytes *= 2) {
    const ms = await timeSum(engine, bytes);
    if (ms >= ENOUGH_MS || 2 * bytes > most) return { gbPerSecond: (3 * bytes) / ms / 1e6, megabytes: Math.round(bytes / 2 ** 20) };
  }
}

async function timeSum(engine: Engine, bytes: number): Promise<number> {
  const graph = new Graph(engine.limits);
  const vector = (name: string, pool: 'params' | 'state') => graph.tensor(name, [Math.floor(bytes / 4)], { pool });
  const [from, to] = [vector('from', 'params'), vector('to', 'state')];
  emitAdd(graph, to, from);
  const pools = new Pools(engine);
  pools.create('params', [from]);
  pools.create('state', [to]);
  const [{ ms }] = await timed(graph, pools);
  return ms;
}

async function timed(graph: Graph, pools: Pools): Promise<LaunchTime[]> {
  const arenas = new Arenas(pools.engine);
  const program = await Program.compile(graph, pools, arenas);
  const times = await program.time(ROUNDS);
  program.destroy();
  arenas.destroy();
  pools.destroy();
  return times;
}
