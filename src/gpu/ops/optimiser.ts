/** The update: gradient norm, clipping and AdamW over whole pools, and the ring that keeps each step's loss for the host. */
import adamwShader from '$shaders/adamw.wgsl?raw';
import recordShader from '$shaders/record.wgsl?raw';
import sumShader from '$shaders/sum_products.wgsl?raw';
import { ceilDiv, elements, grid, type Graph, type Op, type Tensor } from '../graph';
import { adamw8 } from './adamw8';
import { blocksOf, vectorsFor } from './vectors';

const sumProducts: Op = {
  name: 'sumProducts',
  dispatch({ inputs: [a, b], outputs: [out], attributes }, target) {
    const groups = elements(out);
    const { size, settings } = vectorsFor(elements(a));
    const other = b === a ? undefined : b;
    return {
      shader: sumShader, uniforms: [elements(a) / size, groups], groups: [groups],
      settings: { ...settings, LANES: target.lanes, TREE: true, SQUARE: b === a, PRODUCT: !!other, ACCUMULATE: attributes.accumulate === true },
      bindings: [
        { binding: 1, tensor: a }, { binding: 2, tensor: out, write: true }, ...(other ? [{ binding: 3, tensor: other }] : []),
      ],
    };
  },
  kernels({ inputs: [a, b], outputs: [out], attributes }) {
    const units = elements(out);
    const count = elements(a);
    return { calls: [{ kernel: 'sumProducts', args: [a, b, out, count, ceilDiv(count, units), attributes.accumulate ? 1 : 0], units }] };
  },
  reference([a, b], [out], { attributes }) {
    // The split over groups is free; the reference puts everything in the first.
    if (!attributes.accumulate) out.fill(0);
    for (let i = 0; i < a.length; i++) out[0] += a[i] * (b ? b[i] : 1);
  },
};

/** So many numbers are summed by one workgroup. */
const FEW = 4096;

/** Σ a·b (b may be a itself) into `target` [1], added to what is there; or into a new tensor. */
export function emitDot(graph: Graph, a: Tensor, b: Tensor, name: string, target?: Tensor): Tensor {
  const out = target ?? graph.tensor(name, [1]);
  if (elements(a) <= FEW) {
    graph.add(sumProducts, [a, b], [out], { accumulate: !!target });
    return out;
  }
  const partial = graph.tensor(`partial ${name}`, [Math.min(256, ceilDiv(elements(a), 1024))]);
  graph.add(sumProducts, [a, b], [partial], { accumulate: false });
  graph.add(sumProducts, [partial], [out], { accumulate: !!target });
  return out;
}

const adamw: Op = {
  name: 'adamw',
  dispatch({ inputs: [grads, squaredNorm, hyper], outputs: [params, m, v] }) {
    const { size, settings } = vectorsFor(elements(params));
    const count = elements(params) / size;
    return {
      shader: adamwShader, settings, uniforms: [count], groups: grid(ceilDiv(count, 64)),
      bindings: [
        { binding: 1, tensor: params, write: true }, { binding: 2, tensor: grads }, { binding: 3, tensor: m, write: true },
        { binding: 4, tensor: v, write: true }, { binding: 5, tensor: squaredNorm }, { binding: 6, tensor: hyper },
      ],
    };
  },
  kernels({ inputs: [grads, squaredNorm, hyper], outputs: [params, m, v] }) {
    const count = elements(params);
    return { calls: [{ kernel: 'adamw', args: [params, grads, m, v, squaredNorm, hyper, count], units: blocksOf(count) }] };
  },
  reference([grads, [squaredNorm], hyper], [params, m, v]) {
    if (!Number.isFinite(squaredNorm)) return;
    const [rate, beta1, beta2, epsilon, decay, clip, bias1, bias2] = hyper;
    const shrink = clip > 0 ? Math.min(1, clip / (Math.sqrt(squaredNorm) + 1e-6)) : 1;
    for (let i = 0; i < params.length; i++) {
      const g = grads[i] * shrink;
      m[i] = beta1 * m[i] + (1 - beta1) * g;
      v[i] = beta2 * v[i] + (1 - beta2) * g * g;
      params[i] -= rate * (m[i] / bias1 / (Math.sqrt(v[i] / bias2) + epsilon) + decay * params[i]);
    }
  },
};

const record: Op = {
  name: 'record',
  dispatch({ inputs: [loss, squaredNorm, hyper], outputs: [ring] }) {
    return {
      shader: recordShader, settings: {}, uniforms: [ring.shape[0]], groups: [1],
      bindings: [
        { binding: 1, tensor: loss }, { binding: 2, tensor: squaredNorm }, { binding: 3, tensor: hyper },
        { binding: 4, tensor: ring, write: true },
      ],
    };
  },
  kernels({ inputs: [loss, squaredNorm, hyper], outputs: [ring] }) {
    return { calls: [{ kernel: 'record', args: [loss, squaredNorm, hyper, ring, ring.shape[0]], units: 1 }] };
  },
  reference([[loss], [squaredNorm], hyper], [ring]) {
    const slot = hyper[8] % (ring.length / 2);
    ring[2 * slot] = loss;
    ring[2 * slot + 1] = squaredNorm;
  },
};

/** Numbers in `hyper`, which change from step to step. */
export const HYPER = 10;

/** What is trained, in as many flat tensors as the device's limits ask for, and what belongs to each. */
export interface UpdatePools {
  params: readonly Tensor[];
  grads: readonly Tensor[];
  /** u32 where the moments are kept in 8 bits (adamw8.ts). */
  m: readonly Tensor[];
  v: readonly Tensor[];
  /** [HYPER]: rate, β1, β2, ε, decay, clip, 1 − β1^t, 1 − β2^t, ring slot, t. */
  hyper: Tensor;
  /** [slots, 2]: loss and squared gradient norm. */
  ring: Tensor;
}

/** Emits the update of all parameters and the record of `loss` [1]. */
export function emitUpdate(graph: Graph, pools: UpdatePools, loss: Tensor): void {
  const [first, ...others] = pools.grads;
  const squaredNorm = emitDot(graph, first, first, 'squared gradient norm');
  for (const grads of others) emitDot(graph, grads, grads, 'squared gradient norm', squaredNorm);
  pools.params.forEach((params, i) => graph.add(pools.m[i].type === 'u32' ? adamw8 : adamw, [pools.grads[i], squaredNorm, pools.hyper], [params, pools.m[i], pools.v[i]], { inPlace: true }));
  graph.add(record, [loss, squaredNorm, pools.hyper], [pools.ring]);
}
