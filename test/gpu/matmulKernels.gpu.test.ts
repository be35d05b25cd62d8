import { describe, expect, it } from 'vitest';
import { Random } from '../../src/core/random';
import { holdKernels } from '../../src/gpu/device';
import { elements, Graph, wordsOf, type Tensor } from '../../src/gpu/graph';
import { matmul } from '../../src/gpu/ops/matmul';
import { matmulKernels } from '../../src/gpu/ops/matmulKernels';
import { shapeClass, type Layout } from '../../src/gpu/products';
import { randomWords, type Packing } from '../../src/gpu/packing';
import { compareWithReference } from '../../src/gpu/selftest';
import { Tuner } from '../../src/gpu/tuner';
import { webGpuEngine } from './engine';

/** What is added: to C as it is, or a bias and a residual; `scale` goes before both. */
type Extras = { accumulate?: boolean; bias?: boolean; residual?: boolean; scale?: number; packing?: Packing };

function built(layout: Layout, [m, n, k]: number[], { accumulate = false, bias = false, residual = false, scale = 1, packing }: Extras) {
  const graph = new Graph();
  const random = new Random(5, `${layout} ${m} ${n} ${k}`);
  const values = new Map<Tensor, Float32Array | Uint32Array>();
  const filled = (name: string, shape: number[], pool: 'batch' | 'params' | 'state' | 'tables') => {
    const tensor = graph.tensor(name, shape, { pool });
    values.set(tensor, Float32Array.from({ length: elements(tensor) }, () => random.normal()));
    return tensor;
  };
  const a = filled('a', layout === 'tn' ? [k, m] : [m, k], 'batch');
  const b = packing ? graph.tensor('b', layout === 'nt' ? [n, k] : [k, n], { pool: 'frozen', packing }) : filled('b', layout === 'nt' ? [n, k] : [k, n], 'params');
  if (packing) values.set(b, randomWords(wordsOf(b), packing, random));
  const extras = [...(bias ? [filled('bias', [n], 'tables')] : []), ...(residual ? [filled('residual', [m, n], 'tables')] : [])];
  const c = filled('c', [m, n], 'state');
  graph.add(matmul, [a, b, ...extras], [c], { layout, accumulate, bias, residual, scale });
  const product = { layout, m, n, k, packing, a, b, c, bias: bias ? extras[0] : undefined, residual: residual ? extras.at(-1) : undefined, accumulate, scale };
  return { product, testCase: { graph, values, outputs: [c], gradients: [] as [Tensor, Tensor][], forwardNodes: 1, objective: [c, c] as [Tensor, Tensor] } };
}

const odd: [string, Layout, number[], Extras][] = [
  ['tiled', 'nt', [5, 70, 19], { bias: true, residual: true }], ['tiled', 'nn', [70, 3, 33], { accumulate: true }], ['tiled', 'tn', [66, 7, 21], { scale: 0.5 }],
  ['split', 'nt', [7, 70, 301], { accumulate: true }], ['split', 'nn', [66, 5, 259], {}], ['split', 'tn', [33, 9, 700], { accumulate: true, scale: 0.5 }],
  ['blocked', 'nt', [37, 44, 20], { bias: true, residual: true }], ['blocked', 'nn', [5, 36, 28], { accumulate: true }], ['blocked', 'tn', [44, 36, 12], { accumulate: true, scale: 2 }],
  ['skinny', 'nt', [1, 37, 20], {}], ['skinny', 'nt', [5, 6, 260], { bias: true, residual: true }], ['skinny', 'nt', [16, 70, 12], { accumulate: true, scale: 0.5 }],
  ['quads 16', 'nt', [37, 44, 20], { bias: true }], ['quads 16', 'nn', [5, 36, 28], { accumulate: true }], ['quads 16', 'tn', [44, 36, 12], { accumulate: true, scale: 2 }],
  ['sampled 16', 'nt', [38, 44, 32], { residual: true }], ['sampled 16', 'nn', [6, 64, 32], { accumulate: true }], ['sampled 16', 'tn', [96, 48, 20], { accumulate: true, scale: 2 }],
  ['sampled 32', 'nt', [70, 50 * 4, 64], {}], ['sampled 64x32', 'nn', [546, 1040, 992], {}],
  ['blocked', 'nt', [37, 44, 20], { packing: 'f16' }], ['blocked', 'nn', [5, 36, 28], { packing: 'f16', accumulate: true }], ['skinny', 'nt', [5, 6, 260], { packing: 'f16' }],
  ['quads 16', 'nt', [37, 44, 20], { packing: 'f16' }], ['quads 16', 'nn', [5, 36, 28], { packing: 'f16', accumulate: true }],
  ['sampled 16', 'nt', [38, 44, 64], { packing: 'f16' }], ['sampled 16', 'nn', [6, 64, 32], { packing: 'f16' }],
];

/** What only some adapters have. */
const rare: [string, Layout, number[], Extras][] = [
  ['broadcast', 'nt', [37, 45, 21], { bias: true, residual: true }], ['broadcast', 'nn', [5, 36, 28], { accumulate: true }], ['broadcast', 'tn', [70, 7, 9], { scale: 0.5 }],
  ['tiled, rounding', 'nt', [5, 70, 19], { bias: true, residual: true }], ['tiled, rounding', 'tn', [66, 7, 21], { scale: 0.5 }],
  ['tiled, rounding', 'nn', [70, 6, 32], { packing: 'f16', accumulate: true }],
  ['matrix units', 'nt', [70, 66, 33], { bias: true, residual: true }], ['matrix units', 'nn', [64, 64, 64], { accumulate: true }],
  ['matrix units, rounding', 'tn', [66, 70, 65], { scale: 0.5 }],
];

describe('every kernel of a product agrees with the float64 reference at odd sizes', () => {
  it.each(odd)('%s: %s %j %j', async (name, layout, size, extras) => {
    const engine = await webGpuEngine();
    const kernel = matmulKernels.find((each) => each.name === name);
    const { product, testCase } = built(layout, size, extras);
    const target = { ...engine.target, kernels: {} };
    // An adapter without subgroups has no quads.
    if (!engine.target.subgroups && /quads|sampled/.test(name)) return;
    expect(kernel?.fits(product, target)).toBe(true);
    const held = holdKernels(engine, { [shapeClass(product)]: name });
    expect(await compareWithReference(held, testCase)).toBeLessThan(2e-5);
  });

  it.for(rare)('%s: %s %j %j', async ([name, layout, size, extras], { skip }) => {
    const engine = await webGpuEngine();
    const kernel = matmulKernels.find((each) => each.name === name);
    const { product, testCase } = built(layout, size, extras);
    if (!kernel?.fits(product, engine.target)) return skip(`${engine.report.description} lacks what "${name}" needs`);
    const held = holdKernels(engine, { [shapeClass(product)]: name });
    const error = await compareWithReference(held, testCase);
    expect(error).toBeLessThan(kernel.rounds ? 2e-3 : 2e-5);
    // It would not, were nothing rounded.
    if (kernel.rounds) expect(error).toBeGreaterThan(2e-5);
  });

  it('times only what agrees, keeps what was known, and says what it had no time for', async () => {
    const engine = await webGpuEngine();
    const shapes = [[4, 40, 16], [64, 4, 400]].map(([m, n, k]) => ({ layout: 'nt' as const, m, n, k }));
    const tuner = new Tuner(engine);
    const report = await tuner.tune(shapes.slice(0, 1), { budgetMs: 1e6 });
    expect(report.left).toEqual([]);
    expect(report.rows.filter(({ chosen }) => chosen)).toHaveLength(1);
    const best = Math.max(...report.rows.map(({ gflops }) => gflops));
    expect(report.rows.find(({ chosen }) => chosen)?.gflops).toBe(best);
    expect(report.rows.map(({ kernel }) => kernel)).toEqual(expect.arrayContaining(['tiled', 'blocked', 'skinny']));
    for (const { error } of report.rows) expect(error).toBeLessThan(2e-5);
    const again = await tuner.tune(shapes, { budgetMs: -1, known: report.kernels });
    expect(again).toMatchObject({ rows: [], kernels: report.kernels, left: [shapes[1]] });
    expect((await tuner.tune(shapes, { known: report.kernels, signal: AbortSignal.abort() })).left).toEqual([shapes[1]]);
    expect(engine.inUse.list()).not.toContainEqual(shapes[0]);
  });
});
