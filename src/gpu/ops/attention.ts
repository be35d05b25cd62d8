/**
 * Causal grouped-query attention over a flat ribbon of documents, in flash form (Dao 2022): only the log-sum-exp is kept, in `stats`
 * [tokens, heads, 2], beside room for delta = Σ dOut·out, which the queries' gradient leaves there for the keys'.
 * No padding and no mask matrix: each token knows where its document starts and ends, and never looks past it.
 */
import forward from '$shaders/attention_forward.wgsl?raw';
import backwardQuery from '$shaders/attention_backward_query.wgsl?raw';
import backwardKey from '$shaders/attention_backward_key.wgsl?raw';
import splitForward from '$shaders/attention_split_forward.wgsl?raw';
import splitBackwardQuery from '$shaders/attention_split_backward_query.wgsl?raw';
import splitBackwardKey from '$shaders/attention_split_backward_key.wgsl?raw';
import { ceilDiv, grid, SAMPLER_BINDING, type Binding, type Dispatch, type KernelCall, type KernelCalls, type Graph, type Node, type Op, type Target, type Tensor } from '../graph';
import { vectorsFor } from './vectors';

export interface AttentionOptions {
  /** Tokens a query sees, itself included; 0 or absent: all before it. */
  window?: number;
  /** Scores are q·k times this; absent: 1/√headSize. */
  scale?: number;
  /** Scores s become cap · tanh(s / cap); 0 or absent: left as they are. */
  cap?: number;
}

/** More tokens than any document has. */
const EVERYTHING = 2 ** 30;

/** The options as a node keeps them. */
export function attentionAttributes({ window, scale, cap }: AttentionOptions, headSize: number): { window: number; scale: number; cap: number } {
  return { window: window || EVERYTHING, scale: scale ?? 1 / Math.sqrt(headSize), cap: cap ?? 0 };
}

/** A score as the options have it, and its slope by the plain one. */
export function cappedScore(score: number, cap: number): { score: number; slope: number } {
  if (cap === 0) return { score, slope: 1 };
  const t = Math.tanh(score / cap);
  return { score: cap * t, slope: 1 - t * t };
}

interface Sizes {
  tokens: number;
  heads: number;
  kvHeads: number;
  headSize: number;
  window: number;
  scale: number;
  cap: number;
}

function sizes({ inputs: [q, k], attributes }: Node): Sizes {
  const [tokens, heads, headSize] = q.shape;
  const { window, scale, cap } = attributes as Record<string, number>;
  return { tokens, heads, kvHeads: k.shape[1], headSize, window, scale, cap };
}

/** Head sizes from which a kernel keeps a head in an array and loops over it: written out it would take minutes to compile. */
export function isWide(headSize: number, target: Target): boolean {
  return headSize > (target.software ? 64 : 128);
}

/** Queries (or keys) a thread handles: as many as the registers of one thread hold. */
function blockFor(headSize: number): number {
  return headSize <= 32 ? 4 : headSize <= 64 ? 2 : 1;
}

/** A kernel by threads of their own, and the same by quads that share a head. */
interface Kernels {
  single: string;
  split: string;
}

/** The fewest quads that share a head of so many vectors a lane, with at most so many for each. */
function sharing(vectors: number, most: number): number {
  let shares = 1;
  while (vectors % shares !== 0 || vectors / shares > most) shares++;
  return shares;
}

/**
 * How quads work on heads of that size, alone or several side by side: the quads, vectors a lane holds, queries (or keys) a quad handles,
 * a multiple of four, and what an iteration takes. More of the last three would be faster, and compile for a minute.
 */
function splitOf(headSize: number, quads: number): Record<'PART' | 'SHARES' | 'BLOCK' | 'KEYS' | 'QUADS', number> | undefined {
  const vectors = headSize / 16;
  if (quads === 0 || !Number.isInteger(vectors)) return undefined;
  // Many quads with little each would mostly wait for each other.
  const few = sharing(vectors, 4);
  const shares = few <= 4 ? few : sharing(vectors, 7);
  const part = vectors / shares;
  return { PART: part, SHARES: shares, QUADS: ceilDiv(quads, shares) * shares, ...(part <= 4 ? { BLOCK: 8, KEYS: 2 } : { BLOCK: 4, KEYS: 1 }) };
}

/** The tensor's rows as those of a texture, where they fit: a row is a multiple of 256 bytes. */
function texelsOf({ shape: [tokens, heads, headSize] }: Tensor, side: number): Binding['texture'] {
  const width = (heads * headSize) / 4;
  return width % 16 === 0 && width <= side && tokens <= side ? { width, height: tokens } : undefined;
}

/**
 * @param threads heads that are worked on side by side: query heads, or key heads.
 * @param walked what the kernel walks over, both of one shape: kernels of quads sample them as textures where they can.
 */
function launch(
  { single, split }: Kernels, { tokens, heads, kvHeads, headSize, window, scale, cap }: Sizes, threads: number, bindings: Dispatch['bindings'],
  walked: readonly Tensor[], target: Target,
): Dispatch {
  const uniforms: Dispatch['uniforms'] = [tokens, heads, kvHeads, window, { f32: scale }, { f32: cap }];
  const tile = splitOf(headSize, target.quads);
  if (tile) {
    const texture = texelsOf(walked[0], target.texels);
    if (texture) uniforms.push({ f32: 1 / texture.width }, { f32: 1 / texture.height });
    return {
      shader: split, uniforms, groups: grid(ceilDiv(tokens, tile.BLOCK) * ceilDiv(threads, tile.QUADS / tile.SHARES)),
      bindings: bindings.map((binding) => (walked.includes(binding.tensor) ? { ...binding, texture } : binding)),
      settings: { ...tile, CAPPED: cap > 0, SHARED: tile.SHARES > 1, SAMPLED: !!texture, BUFFERED: !texture },
    };
  }
  const { size, settings } = vectorsFor(headSize);
  const block = blockFor(headSize);
  return {
    shader: single, settings: { ...settings, HEAD: headSize / size, BLOCK: block, CAPPED: cap > 0, WIDE: isWide(headSize, target) }, bindings, uniforms,
    groups: grid(ceilDiv(ceilDiv(tokens, block) * threads, 16)),
  };
}

/** Every query row and the keys it sees, with their score and its slope by q·k · scale: walked in float64 by every reference below. */
function eachVisible(node: Node, arrays: { q: Float64Array; k: Float64Array; spans: Float64Array },
  visit: (at: { query: number; key: number; row: number; score: number; slope: number }) => void): void {
  const { tokens, heads, kvHeads, headSize, window, scale, cap } = sizes(node);
  for (let t = 0; t < tokens; t++) {
    for (let h = 0; h < heads; h++) {
      const row = t * heads + h;
      for (let j = Math.max(arrays.spans[2 * t], t + 1 - window); j <= t; j++) {
        const key = (j * kvHeads + Math.floor((h * kvHeads) / heads)) * headSize;
        let score = 0;
        for (let d = 0; d < headSize; d++) score += arrays.q[row * headSize + d] * arrays.k[key + d];
        visit({ query: row * headSize, key, row, ...cappedScore(score * scale, cap) });
      }
    }
  }
}

/** @param products of a query with a key or of a share with a value that each pair takes. */
function flopsOf(products: number): NonNullable<Op['flops']> {
  return (node, pairs) => {
    const { heads, headSize, window } = sizes(node);
    return 2 * products * pairs(window) * heads * headSize;
  };
}

/** Tokens of a unit of the processor's kernels (kernels/attention.ts). */
const BLOCK = 16;

/** A tensor in panels of eight tokens, for scores; or of eight of a head's numbers, for sums over tokens. */
interface Packed {
  x: Tensor;
  by: 'packHeads' | 'packTokens';
}

/** Floats of the panels of x [tokens, heads, headSize], and the call that fills them from `scratch` on. */
function packed({ x, by }: Packed, scratch: number): { floats: number; call: KernelCall } {
  const [tokens, heads, headSize] = x.shape;
  const units = heads * ceilDiv(by === 'packHeads' ? tokens : headSize, 8);
  return { floats: units * (by === 'packHeads' ? headSize : tokens) * 8, call: { kernel: by, args: [x, { scratch }, tokens, heads, headSize], units } };
}

const inHeads = (x: Tensor): Packed => ({ x, by: 'packHeads' });
const inTokens = (x: Tensor): Packed => ({ x, by: 'packTokens' });

/** The kernel after the tensors it wants packed; a unit is one of `unitHeads` and BLOCK tokens. Each thread keeps rows of scores. */
function packedCalls(kernel: string, node: Node, packing: Packed[], tensors: Tensor[], unitHeads: number): KernelCalls {
  const { tokens, heads, kvHeads, headSize, window, scale, cap } = sizes(node);
  const calls: KernelCall[] = [];
  const panels: { scratch: number }[] = [];
  let scratch = 0;
  for (const x of packing) {
    const { floats, call } = packed(x, scratch);
    calls.push(call);
    panels.push({ scratch });
    scratch += floats;
  }
  const args = [...panels, ...tensors, tokens, heads, kvHeads, headSize, window, { f32: scale }, { f32: cap }];
  calls.push({ kernel, args, units: unitHeads * ceilDiv(tokens, BLOCK) });
  return { calls, scratch, own: 10 * (tokens + 16) + 40 };
}

/** Inputs, then outputs, from 1 on; 6 is a sampler's. */
function bindingsOf({ inputs, outputs }: Node): Dispatch['bindings'] {
  const numbered = (i: number) => (i + 1 < SAMPLER_BINDING ? i + 1 : i + 2);
  return [
    ...inputs.map((tensor, i) => ({ binding: numbered(i), tensor })),
    ...outputs.map((tensor, i) => ({ binding: numbered(inputs.length + i), tensor, write: true })),
  ];
}

const attentionBackwardQuery: Op = {
  name: 'attentionBackwardQuery',
  flops: flopsOf(3),
  dispatch(node, target) {
    const { inputs: [, k, v] } = node;
    const shape = sizes(node);
    return launch({ single: backwardQuery, split: splitBackwardQuery }, shape, shape.heads, bindingsOf(node), [k, v], target);
  },
  kernels(node) {
    const { inputs: [q, k, v, spans, out, dOut], outputs: [dq, stats] } = node;
    const [tokens, heads, headSize] = q.shape;
    const delta: KernelCall = { kernel: 'attentionDelta', args: [out, dOut, stats, heads, headSize], units: tokens };
    const whole = packedCalls('attentionBackwardQuery', node, [...[k, v].map(inHeads), inTokens(k)], [q, spans, stats, dOut, dq], heads);
    return { ...whole, calls: [delta, ...whole.calls] };
  },
  reference([q, k, v, spans, out, dOut], [dq, stats], node) {
    const { headSize, scale } = sizes(node);
    for (let row = 0; row < stats.length / 2; row++) {
      stats[2 * row + 1] = 0;
      for (let at = row * headSize; at < (row + 1) * headSize; at++) stats[2 * row + 1] += out[at] * dOut[at];
    }
    dq.fill(0);
    eachVisible(node, { q, k, spans }, ({ query, key, row, score, slope }) => {
      let rise = -stats[2 * row + 1];
      for (let d = 0; d < headSize; d++) rise += dOut[query + d] * v[key + d];
      const push = Math.exp(score - stats[2 * row]) * rise * slope * scale;
      for (let d = 0; d < headSize; d++) dq[query + d] += push * k[key + d];
    });
  },
};

const attentionBackwardKey: Op = {
  name: 'attentionBackwardKey',
  flops: flopsOf(4),
  dispatch(node, target) {
    const { inputs: [q, , , , , dOut] } = node;
    const shape = sizes(node);
    return launch({ single: backwardKey, split: splitBackwardKey }, shape, shape.kvHeads, bindingsOf(node), [q, dOut], target);
  },
  kernels(node) {
    const { inputs: [q, k, v, spans, stats, dOut], outputs: [dk, dv] } = node;
    return packedCalls('attentionBackwardKey', node, [...[q, dOut].map(inHeads), ...[q, dOut].map(inTokens)], [k, v, spans, stats, dk, dv], k.shape[1]);
  },
  reference([q, k, v, spans, stats, dOut], [dk, dv], node) {
    const { headSize, scale } = sizes(node);
    dk.fill(0);
    dv.fill(0);
    eachVisible(node, { q, k, spans }, ({ query, key, row, score, slope }) => {
      const share = Math.exp(score - stats[2 * row]);
      let rise = -stats[2 * row + 1];
      for (let d = 0; d < headSize; d++) rise += dOut[query + d] * v[key + d];
      for (let d = 0; d < headSize; d++) {
        dk[key + d] += share * rise * slope * scale * q[query + d];
        dv[key + d] += share * dOut[query + d];
      }
    });
  },
};

const attentionForward: Op = {
  name: 'attention',
  flops: flopsOf(2),
  dispatch(node, target) {
    const { inputs: [, k, v] } = node;
    const shape = sizes(node);
    return launch({ single: forward, split: splitForward }, shape, shape.heads, bindingsOf(node), [k, v], target);
  },
  kernels(node) {
    const { inputs: [q, k, v, spans], outputs: [out, stats] } = node;
    return packedCalls('attention', node, [inHeads(k), inTokens(v)], [q, spans, out, stats], q.shape[1]);
  },
  reference([q, k, v, spans], [out, stats], node) {
    const { headSize } = sizes(node);
    const lse = new Float64Array(stats.length / 2).fill(-Infinity);
    out.fill(0);
    eachVisible(node, { q, k, spans }, ({ row, score }) => {
      const high = Math.max(lse[row], score);
      lse[row] = high + Math.log(Math.exp(lse[row] - high) + Math.exp(score - high));
    });
    lse.forEach((value, row) => stats.set([value, 0], 2 * row));
    eachVisible(node, { q, k, spans }, ({ query, key, row, score }) => {
      for (let d = 0; d < headSize; d++) out[query + d] += Math.exp(score - lse[row]) * v[key + d];
    });
  },
  backward({ inputs: [q, k, v, spans], outputs: [out, stats], attributes }, [dOut], tape) {
    if (!dOut) return;
    const { graph } = tape;
    // In the first layer above frozen weights some of the three may be unwanted; the kernels write them all the same.
    const [dq, dk, dv] = [q, k, v].map((x) => tape.sink(x) ?? { tensor: graph.tensor(`unused d ${x.name}`, x.shape) });
    graph.add(attentionBackwardQuery, [q, k, v, spans, out, dOut], [dq.tensor, stats], attributes);
    graph.add(attentionBackwardKey, [q, k, v, spans, stats, dOut], [dk.tensor, dv.tensor], attributes);
  },
};

/**
 * @param q [tokens, heads, headSize]; @param k @param v [tokens, kvHeads, headSize]
 * @param spans [tokens, 2] u32: first token of the token's document, and one past its last.
 * @returns [tokens, heads, headSize]
 */
export function attention(graph: Graph, q: Tensor, k: Tensor, v: Tensor, spans: Tensor, options: AttentionOptions = {}): Tensor {
  const out = graph.tensor('attention', q.shape);
  const stats = graph.tensor('attention stats', [q.shape[0], q.shape[1], 2]);
  graph.add(attentionForward, [q, k, v, spans], [out, stats], { ...attentionAttributes(options, q.shape[2]) });
  return out;
}
