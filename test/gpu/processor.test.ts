// The kernels of the processor against the float64 references, as WebGPU's are; and what only this device has.
import { beforeAll, describe, expect, it } from 'vitest';
import { nodeProcessor } from '../../src/cli/nodeEngine';
import { openEngine } from '../../src/gpu/choose';
import type { Engine } from '../../src/gpu/device';
import { openProcessor } from '../../src/gpu/processor/engine';
import { Heap } from '../../src/gpu/processor/heap';
import { compareWithReference, selftest } from '../../src/gpu/selftest';
import { selftestCases, type BuiltCase } from '../../src/gpu/selftestCases';
import { Arenas, Pools, Program } from '../../src/gpu/program';
import { Random } from '../../src/core/random';
import { elements, Graph, type Pool, type Tensor } from '../../src/gpu/graph';
import { embed } from '../../src/gpu/ops/embed';
import { linear } from '../../src/gpu/ops/linear';
import { panelsOf } from '../../src/gpu/packing';
import { processorEngine } from './engine';

// The first use compiles the kernels.
beforeAll(processorEngine, 120_000);

describe('every kernel agrees with its float64 reference, forward and backward', () => {
  it.each(selftestCases.map((namedCase) => [namedCase.name, namedCase] as const))('%s', async (_, { build }) => {
    expect(await compareWithReference(await processorEngine(), build())).toBeLessThan(2e-5);
  });

  it('without fused multiply-add too', { timeout: 120_000 }, async () => {
    const plain = await openProcessor({ ...nodeProcessor(2), relaxed: false });
    expect(plain.report.features).not.toContain('relaxed-simd');
    expect((await selftest(plain)).filter(({ passed }) => !passed)).toEqual([]);
  });
});

/** The bytes of a case's outputs, after the programs ran `times` over. */
async function outputsOf(engine: Engine, { graph, values, outputs }: BuiltCase, times: number): Promise<ArrayBuffer[]> {
  const pools = new Pools(engine);
  const arenas = new Arenas(engine);
  const byPool = new Map<Pool, Tensor[]>();
  for (const tensor of graph.tensors.filter(({ pool, base }) => pool !== 'temp' && !base)) {
    byPool.set(tensor.pool, [...(byPool.get(tensor.pool) ?? []), tensor]);
  }
  for (const [pool, tensors] of byPool) pools.create(pool, tensors);
  for (const [tensor, data] of values) pools.write(tensor, data);
  const program = await Program.compile(graph, pools, arenas, outputs);
  program.run(times);
  const read = await program.read(outputs);
  program.destroy();
  pools.destroy();
  arenas.destroy();
  return read;
}

describe('a matrix in panels', () => {
  const [out, input] = [45, 300];
  const random = new Random(1, 'panels');
  const normals = (count: number) => Float32Array.from({ length: count }, () => random.normal());
  const weights = normals(out * input);

  /** y = x · weightᵀ + bias + residual, and rows of the matrix, as it lies or in panels. */
  function built(tokens: number, panels: boolean): BuiltCase {
    const graph = new Graph();
    const values = new Map<Tensor, Float32Array | Uint32Array>();
    const given = (name: string, shape: number[], numbers = normals(elements({ shape }))) => {
      const tensor = graph.tensor(name, shape, { pool: 'batch' });
      values.set(tensor, numbers);
      return tensor;
    };
    const weight = graph.tensor('weight', [out, input], { pool: 'params', packing: panels ? 'panels' : undefined });
    values.set(weight, panels ? panelsOf(weights, input) : weights);
    const y = linear(graph, given('x', [tokens, input], weights.slice(7, 7 + tokens * input)), weight, {
      bias: given('bias', [out], weights.slice(0, out)), residual: given('residual', [tokens, out], weights.slice(0, tokens * out)),
    });
    const ids = graph.tensor('ids', [4], { pool: 'batch', type: 'u32' });
    values.set(ids, Uint32Array.of(44, 0, 7, 8));
    const outputs = [y, embed(graph, weight, ids, { scale: 1.5 })];
    return { graph, values, outputs, gradients: [], forwardNodes: graph.nodes.length, objective: [y, y] };
  }

  it.each([1, 3, 8, 35])('gives the products and rows of the matrix: %i tokens', async (tokens) => {
    expect(await compareWithReference(await processorEngine(), built(tokens, true))).toBeLessThan(2e-5);
  });

  it('gives them bit for bit from eight tokens on, and each token the same however many there are', async () => {
    const engine = await processorEngine();
    const lines = async (tokens: number, panels: boolean) => outputsOf(engine, built(tokens, panels), 1);
    expect(await lines(35, true)).toEqual(await lines(35, false));
    const [[all], [few]] = [await lines(35, true), await lines(3, true)];
    expect(all.slice(0, few.byteLength)).toEqual(few);
  });
});

describe('threads', () => {
  it('change no bit, however many there are and however often a program runs', async () => {
    const engines = await Promise.all([1, 2, 5].map((threads) => openProcessor(nodeProcessor(threads))));
    for (const { build } of selftestCases.filter(({ name }) => /^(linear 260|attention 4\/1|cross-entropy head, 150|adamw 1000|embed 40)/.test(name))) {
      const [one, ...more] = await Promise.all(engines.map((engine) => outputsOf(engine, build(), 20)));
      for (const other of more) expect(other).toEqual(one);
    }
  });
});

it('an op without a kernel runs by its reference, between ops that have one', async () => {
  const [{ build }] = selftestCases.filter(({ name }) => name.startsWith('linear 20'));
  const whole = build();
  const without = build();
  const nodes = without.graph.nodes as { op: object }[];
  nodes[1].op = { ...nodes[1].op, kernels: undefined };
  expect(nodes.length).toBeGreaterThan(2);
  expect(await compareWithReference(await processorEngine(), without)).toBeLessThan(2e-5);
  expect(await compareWithReference(await processorEngine(), whole)).toBeLessThan(2e-5);
});

it('is chosen where there is no adapter, and not where WebGPU was asked for', async () => {
  expect((await openEngine('best', undefined, nodeProcessor(1))).report.kind).toBe('processor');
  await expect(openEngine('software', undefined, nodeProcessor(1))).rejects.toMatchObject({ code: 'gpu-no-adapter' });
});

describe('the heap', () => {
  const START = 65536;
  const heap = () => new Heap(new WebAssembly.Memory({ initial: 2, maximum: 64, shared: true }), START);

  it('gives zeroed blocks that do not meet, and grows the memory', () => {
    const made = heap();
    const blocks = [10, 300_000, 1, 5000].map((size) => made.allocate(size));
    const sorted = [...blocks].sort((a, b) => a.address - b.address);
    sorted.forEach(({ address, size }, i) => expect(sorted[i + 1]?.address ?? Infinity).toBeGreaterThanOrEqual(address + size));
    made.bytes(blocks[1].address, 300_000).fill(7);
    blocks[1].free();
    expect(made.bytes(made.allocate(200_000).address, 200_000).every((byte) => byte === 0)).toBe(true);
  });

  it('takes back what was freed, in any order', () => {
    const made = heap();
    for (const order of [[0, 1, 2, 3], [3, 2, 1, 0], [1, 3, 0, 2]]) {
      const blocks = [1000, 2000, 3000, 4000].map((size) => made.allocate(size));
      for (const i of order) blocks[i].free();
      const again = made.allocate(1);
      expect(again.address).toBe(START);
      again.free();
      again.free();
    }
  });

  it('says so when there is no more', () => {
    expect(() => heap().allocate(100 * 65536)).toThrow(/more than there are/);
  });
});
