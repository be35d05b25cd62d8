/** One matrix product by our kernels, slow and fast side by side, and by the peers: the same numbers, on the same adapter. */
import { defaultDevice, init, numpy as np, type Array as JaxArray } from '@jax-js/jax';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-webgpu';
import { Random } from '../src/core/random';
import { holdKernels } from '../src/gpu/device';
import { Graph } from '../src/gpu/graph';
import { emitMatmul } from '../src/gpu/ops/matmul';
import { shapeClass, type Layout } from '../src/gpu/products';
import { Arenas, Pools, Program } from '../src/gpu/program';
import { findAdapter, openWebGpu, type WebGpuEngine } from '../src/gpu/webgpu';
import { quadProduct } from './quadProduct';

/** Ours as an adapter gets it that was not tuned (no kernel has that name), and by kernel, slow and fast; the evidence that they are held against, by its tile; then the peers. */
export const productNames = ['by rule', 'sampled 32', 'quads 32', 'blocked', 'tiled', 'evidence 32x32', 'evidence 64x32', 'jax-js', 'TF.js'];
const EVIDENCE: Record<string, number> = { 'evidence 32x32': 8, 'evidence 64x32': 16 };

interface Contender {
  /** The product, computed once. */
  result(): Promise<Float32Array>;
  /** Starts it `times` over and waits for all. */
  run(times: number): Promise<void>;
}

function numbers(size: number, name: string): Float32Array<ArrayBuffer> {
  const random = new Random(3, name);
  return Float32Array.from({ length: size * size }, () => random.normal());
}

let engine: Promise<WebGpuEngine> | undefined;

async function ours(kernel: string, layout: Layout, size: number): Promise<Contender> {
  engine ??= findAdapter(navigator.gpu).then(openWebGpu);
  const held = holdKernels(await engine, { [shapeClass({ layout, m: size, n: size, k: size })]: kernel });
  const graph = new Graph();
  const a = graph.tensor('a', [size, size], { pool: 'batch' });
  const b = graph.tensor('b', [size, size], { pool: 'params' });
  const c = graph.tensor('c', [size, size], { pool: 'state' });
  emitMatmul(graph, layout, a, b, c, false);
  const pools = new Pools(held);
  for (const tensor of [a, b, c]) pools.create(tensor.pool, [tensor]);
  for (const tensor of [a, b]) pools.write(tensor, numbers(size, tensor.name));
  const program = await Program.compile(graph, pools, new Arenas(held));
  return {
    run: (times) => {
      program.run(times);
      return held.idle();
    },
    result: async () => {
      program.run();
      return new Float32Array((await pools.read([c]))[0]);
    },
  };
}

async function jax(layout: Layout, size: number): Promise<Contender> {
  await init('webgpu');
  defaultDevice('webgpu');
  const [a, b] = ['a', 'b'].map((name) => np.array(numbers(size, name)).reshape([size, size]));
  const product = () => np.matmul(layout === 'tn' ? np.transpose(a.ref) : a.ref, layout === 'nt' ? np.transpose(b.ref) : b.ref);
  return {
    async run(times) {
      const made: JaxArray[] = Array.from({ length: times }, product);
      // Given back only when it is there: a result let go of earlier is never computed.
      for (const each of made) {
        await each.blockUntilReady();
        each.dispose();
      }
    },
    result: async () => (await (await product().blockUntilReady()).data()) as Float32Array,
  };
}

async function tfjs(layout: Layout, size: number): Promise<Contender> {
  await tf.setBackend('webgpu');
  await tf.ready();
  const [a, b] = ['a', 'b'].map((name) => tf.tensor2d(numbers(size, name), [size, size]));
  const product = () => tf.matMul(a, b, layout === 'tn', layout === 'nt');
  return {
    async run(times) {
      const made = Array.from({ length: times }, product);
      // It is done when its numbers are here: the queue alone says so too early.
      for (const each of made) await each.data();
      made.forEach((each) => each.dispose());
    },
    result: async () => (await product().data()) as Float32Array,
  };
}

async function evidence(mi: number, layout: Layout, size: number): Promise<Contender> {
  engine ??= findAdapter(navigator.gpu).then(openWebGpu);
  return quadProduct((await engine).device, layout, size, mi, ['a', 'b'].map((name) => numbers(size, name)));
}

function make(name: string, layout: Layout, size: number): Promise<Contender> {
  if (name in EVIDENCE) return evidence(EVIDENCE[name], layout, size);
  return name === 'jax-js' ? jax(layout, size) : name === 'TF.js' ? tfjs(layout, size) : ours(name, layout, size);
}

const made = new Map<string, Promise<Contender>>();

function contender(name: string, layout: Layout, size: number): Promise<Contender> {
  const key = `${name} ${layout} ${size}`;
  const known = made.get(key) ?? make(name, layout, size);
  made.set(key, known);
  return known;
}

/** 10⁹ operations a second of one timed round; where `check` asks for them a few numbers of the result instead. */
export async function timedProduct(name: string, layout: Layout, size: number, times: number, check: boolean): Promise<{ gflops: number; sample: number[] }> {
  const { run, result } = await contender(name, layout, size);
  if (check) return { gflops: 0, sample: Array.from((await result()).filter((_, i) => i % 4099 === 0)) };
  const started = performance.now();
  await run(times);
  return { gflops: (2 * size ** 3 * times) / (performance.now() - started) / 1e6, sample: [] };
}
