/**
 * Every kernel against its float64 reference on this device: forward, backward, accumulation onto what is there, odd sizes.
 * Runs in the tests, and on a visitor's adapter from the page and from `stat selftest`.
 */
import { selftestCases, type BuiltCase } from './selftestCases';
import { Arenas, Pools, Program } from './program';
import { Interpreter } from './interpret';
import type { Engine } from './device';
import type { Pool, Tensor } from './graph';

export interface SelftestRow {
  name: string;
  /** max |kernel − reference| / max |reference| over the case's outputs. */
  error: number;
  limit: number;
  passed: boolean;
}

/** f32 sums of a few hundred terms stay well inside this. */
const LIMIT = 2e-5;

/** Runs every case, reporting each as it finishes. */
export async function selftest(engine: Engine, onRow: (row: SelftestRow) => void = () => {}): Promise<SelftestRow[]> {
  const rows: SelftestRow[] = [];
  for (const { name, build } of selftestCases) {
    const error = await compareWithReference(engine, build());
    const row = { name, error, limit: LIMIT, passed: error <= LIMIT };
    rows.push(row);
    onRow(row);
  }
  return rows;
}

/** Largest relative error of a case's outputs: the device against the float64 interpreter. NaN counts as infinite. */
export async function compareWithReference(engine: Engine, { graph, values, outputs }: BuiltCase): Promise<number> {
  const pools = new Pools(engine);
  const arenas = new Arenas(engine);
  const interpreter = new Interpreter();
  const byPool = new Map<Pool, Tensor[]>();
  for (const tensor of graph.tensors.filter(({ pool, base, parts }) => pool !== 'temp' && !base && !parts)) {
    byPool.set(tensor.pool, [...(byPool.get(tensor.pool) ?? []), tensor]);
  }
  for (const [pool, tensors] of byPool) pools.create(pool, tensors);
  for (const [tensor, data] of values) {
    pools.write(tensor, data);
    interpreter.set(tensor, data);
  }
  const program = await Program.compile(graph, pools, arenas, outputs);
  program.run();
  const read = await program.read(outputs);
  interpreter.run(graph);
  const errors = outputs.map((tensor, i) => {
    const data = tensor.type === 'u32' ? new Uint32Array(read[i]) : new Float32Array(read[i]);
    return relativeError(data, interpreter.of(tensor));
  });
  program.destroy();
  pools.destroy();
  arenas.destroy();
  return Math.max(...errors);
}

/** max |a − b| / max |b|. */
export function relativeError(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let difference = 0;
  let size = 1e-30;
  for (let i = 0; i < b.length; i++) {
    const off = Math.abs(a[i] - b[i]);
    difference = off <= difference ? difference : Number.isNaN(off) ? Infinity : off;
    size = Math.max(size, Math.abs(b[i]));
  }
  return difference / size;
}
