// The kernel for matrix units, which no adapter here has: Dawn's own compiler takes it, and with every fragment worked out by each thread
// in plain WGSL its tiles, edges and additions are right. What is left to the adapter is what the tuner checks there.
import { expect, it } from 'vitest';
import { create, globals } from 'webgpu';
import { Random } from '../../src/core/random';
import { elements, Graph, type Fragments, type Target, type Tensor } from '../../src/gpu/graph';
import { matmul } from '../../src/gpu/ops/matmul';
import { matmulKernels, type Product } from '../../src/gpu/ops/matmulKernels';
import type { Layout } from '../../src/gpu/products';
import { Arenas, Pools, Program } from '../../src/gpu/program';
import { compareWithReference } from '../../src/gpu/selftest';
import { specialise } from '../../src/gpu/template';
import { subgroupsOf } from '../../src/gpu/webgpu';
import { webGpuEngine } from './engine';

const common = { lanes: 64, quads: 0, subgroups: true, halves: true, texels: 8192, software: false, kernels: {} };
const SQUARE: Fragments = { high: 8, wide: 8, deep: 8, type: 'f32' };

function kernelNamed(name: string) {
  const kernel = matmulKernels.find((each) => each.name === name);
  if (!kernel) throw new Error(`no kernel ${name}`);
  return kernel;
}

/** A product with everything that can be added to it. */
function built(layout: Layout, [m, n, k]: number[]): { graph: Graph; product: Required<Omit<Product, 'packing'>>; values: Map<Tensor, Float32Array> } {
  const graph = new Graph();
  const values = new Map<Tensor, Float32Array>();
  const filled = (name: string, shape: number[], pool: 'tables' | 'state' = 'tables') => {
    const tensor = graph.tensor(name, shape, { pool });
    const random = new Random(5, name);
    values.set(tensor, Float32Array.from({ length: elements(tensor) }, () => random.normal()));
    return tensor;
  };
  const a = filled('a', layout === 'tn' ? [k, m] : [m, k]);
  const b = filled('b', layout === 'nt' ? [n, k] : [k, n]);
  const [bias, residual, c] = [filled('bias', [n]), filled('residual', [m, n]), filled('c', [m, n], 'state')];
  return { graph, values, product: { layout, m, n, k, a, b, c, bias, residual, accumulate: true, scale: 0.5 } };
}

/** In place of fragments that a subgroup holds together, where they lie; each thread has all sums for itself. */
function workedOut(shader: string): string {
  return `${shader
    .replace(/^(enable chromium|diagnostic).*\n/gm, '')
    .replace(/^alias (Left|Right) = .*/gm, 'alias $1 = u32;')
    .replace(/^alias Result = .*/m, 'var<private> sums: array<f32, QUARTER * QUARTER>;')
    .replace(/^ *var acc: .*\n/m, '')
    .replace(/subgroupMatrixLoad<\w+>\(&\w+, (.*), false, \w+\);/g, '$1;')
    .replace(/acc\[(.*)\] = subgroupMatrixMultiplyAccumulate\((.*), acc\[.*\]\);/, 'multiply($2, $1);')
    .replace(/subgroupMatrixStore\(&made, (.*), acc\[(.*)\], false, WIDE\);/, 'store($1, $2);')}
fn multiply(left: Left, right: Right, to: u32) {
  for (var e = 0u; e < HIGH * WIDE; e++) {
    var sum = sums[to * HIGH * WIDE + e];
    for (var p = 0u; p < DEEP; p++) { sum += f32(tileA[left + e / WIDE * DEPTH + p]) * f32(tileB[right + p * TILE + e % WIDE]); }
    sums[to * HIGH * WIDE + e] = sum;
  }
}
fn store(at: u32, sum: u32) {
  for (var e = 0u; e < HIGH * WIDE; e++) { made[at + e] = sums[sum * HIGH * WIDE + e]; }
}
`;
}

it('has its tiles, edges and additions right', async () => {
  const engine = await webGpuEngine();
  const { graph, product, values } = built('tn', [66, 70, 20]);
  const { layout, a, b, c, bias, residual, accumulate, scale } = product;
  const target: Target = { ...common, fragments: [{ ...SQUARE, high: 16, wide: 32, deep: 16 }], subgroupSize: 4 };
  const [launch] = kernelNamed('matrix units').launch(product, target);
  const op = { ...matmul, dispatch: () => [{ ...launch, shader: workedOut(launch.shader) }] };
  graph.add(op, [a, b, bias, residual], [c], { layout, accumulate, bias: true, residual: true, scale });
  expect(await compareWithReference(engine, { graph, values, outputs: [c], gradients: [], forwardNodes: 1, objective: [c, c] })).toBeLessThan(2e-5);
});

it('is refused where there are no such units, and the device is as good as before', async ({ skip }) => {
  const engine = await webGpuEngine();
  if (engine.target.fragments.length > 0) skip(`${engine.report.description} has matrix units`);
  const { graph, product } = built('nt', [5, 4, 8]);
  const [launch] = kernelNamed('matrix units').launch(product, { ...common, fragments: [SQUARE], subgroupSize: 32 });
  graph.add({ ...matmul, dispatch: () => [launch] }, [product.a, product.b, product.bias, product.residual], [product.c]);
  const pools = new Pools(engine);
  pools.create('tables', [product.a, product.b, product.bias, product.residual]);
  pools.create('state', [product.c]);
  await expect(Program.compile(graph, pools, new Arenas(engine))).rejects.toThrow('chromium_experimental_subgroup_matrix');
  pools.write(product.c, Float32Array.of(7));
  const [bytes] = await pools.read([product.c]);
  expect(new Float32Array(bytes)[0]).toBe(7);
  pools.destroy();
});

it('is taken by Dawn’s compiler for the fragments that GPUs have, and asked for where an adapter offers them', async () => {
  Object.assign(globalThis, globals);
  const gpu = create(['backend=null', 'enable-dawn-features=allow_unsafe_apis']) as unknown as GPU;
  const adapter = await gpu.requestAdapter();
  const device = await adapter?.requestDevice({ requiredFeatures: ['chromium-experimental-subgroup-matrix' as GPUFeatureName, 'shader-f16', 'subgroups'] });
  if (!adapter || !device) throw new Error('Dawn has no adapter that computes nothing');
  for (const [fragments, subgroupSize] of [[SQUARE, 32], [{ ...SQUARE, type: 'f16' }, 32], [{ high: 16, wide: 16, deep: 16, type: 'f16' }, 32], [{ high: 8, wide: 16, deep: 16, type: 'f16' }, 16]] as [Fragments, number][]) {
    const { product } = built('nt', [70, 66, 33]);
    const kernel = kernelNamed(fragments.type === 'f16' ? 'matrix units, rounding' : 'matrix units');
    const target = { ...common, fragments: [fragments], subgroupSize };
    expect(kernel.fits(product, target)).toBe(true);
    expect(kernel.fits(product, { ...target, fragments: [] })).toBe(false);
    const [{ shader, settings }] = kernel.launch(product, target);
    const { messages } = await device.createShaderModule({ code: specialise(shader, settings) }).getCompilationInfo();
    expect(messages.filter(({ type }) => type === 'error').map(({ message }) => message)).toEqual([]);
  }
  const config = { componentType: 'f16', resultComponentType: 'f32', M: 16, N: 8, K: 16 };
  const info = { subgroupMinSize: 32, subgroupMaxSize: 32, subgroupMatrixConfigs: [config, { ...config, resultComponentType: 'f16' }, { ...config, componentType: 'i8' }] };
  expect(subgroupsOf(device, info as unknown as GPUAdapterInfo)).toEqual({ fragments: [{ high: 16, wide: 8, deep: 16, type: 'f16' }], subgroupSize: 32 });
  expect(subgroupsOf(device, { ...info, subgroupMinSize: 16 } as unknown as GPUAdapterInfo)).toEqual({ fragments: [], subgroupSize: 0 });
  expect(subgroupsOf({ features: new Set() as unknown as GPUSupportedFeatures }, info as unknown as GPUAdapterInfo).fragments).toEqual([]);
});
