/**
 * Causal grouped-query attention over a flat ribbon of documents, in flash form (Dao 2022): only the log-sum-exp is kept.
 * No padding and no mask matrix: each token knows where its document starts and ends, and never looks past it.
 */
import forward from '$shaders/attention_forward.wgsl?raw';
import delta from '$shaders/attention_delta.wgsl?raw';
import backwardQuery from '$shaders/attention_backward_query.wgsl?raw';
import backwardKey from '$shaders/attention_backward_key.wgsl?raw';
import { ceilDiv, grid, type Dispatch, type Graph, type Node, type Op, type Tensor } from '../graph';
import { vectorsFor } from './vectors';

interface Sizes {
  tokens: number;
  heads: number;
  kvHeads: number;
  headSize: number;
  scale: number;
}

function sizes(q: Tensor, k: Tensor): Sizes {
  const [tokens, heads, headSize] = q.shape;
  return { tokens, heads, kvHeads: k.shape[1], headSize, scale: 1 / Math.sqrt(headSize) };
}

/** Queries (or keys) a thread handles: as many as the registers of one thread hold. */
function blockFor(headSize: number): number {
  return headSize <= 32 ? 4 : headSize <= 64 ? 2 : 1;
}

function launch(shader: string, { tokens, heads, kvHeads, headSize, scale }: Sizes, threads: number, bindings: Dispatch['bindings']): Dispatch {
  const { size, settings } = vectorsFor(headSize);
  const block = blockFor(headSize);
  return {
    shader, settings: { ...settings, HEAD: headSize / size, BLOCK: block }, bindings,
    uniforms: [tokens, heads, kvHeads, { f32: scale }], groups: grid(ceilDiv(ceilDiv(tokens, block) * threads, 16)),
  };
}

/** Score of query row and key row, and whether the key is visible, walked in float64 by every reference below. */
function eachVisible(node: Node, arrays: { q: Float64Array; k: Float64Array; spans: Float64Array },
  visit: (at: { query: number; key: number; row: number; score: number }) => void): void {
  const { tokens, heads, kvHeads, headSize, scale } = sizes(node.inputs[0], node.inputs[1]);
  for (let t = 0; t < tokens; t++) {
    for (let h = 0; h < heads; h++) {
      const row = t * heads + h;
      for (let j = arrays.spans[2 * t]; j <= t; j++) {
        const key = (j * kvHeads + Math.floor((h * kvHeads) / heads)) * headSize;
        let score = 0;
        for (let d = 0; d < headSize; d++) score += arrays.q[row * headSize + d] * arrays.k[key + d];
        visit({ query: row * headSize, key, row, score: score * scale });
      }
    }
  }
}

const attentionDelta: Op = {
  name: 'attentionDelta',
  dispatch({ inputs: [out, dOut, lse], outputs: [stats] }) {
    const [tokens, heads, headSize] = out.shape;
    const { size, settings } = vectorsFor(headSize);
    return {
      shader: delta, settings: { ...settings, HEAD: headSize / size }, uniforms: [tokens * heads],
      groups: grid(ceilDiv(tokens * heads, 64)),
      bindings: [
        { binding: 1, tensor: out }, { binding: 2, tensor: dOut }, { binding: 3, tensor: lse }, { binding: 4, tensor: stats, write: true },
      ],
    };
  },
  reference([out, dOut, lse], [stats], node) {
    const headSize = node.inputs[0].shape[2];
    for (let row = 0; row < lse.length; row++) {
      let sum = 0;
      for (let d = 0; d < headSize; d++) sum += out[row * headSize + d] * dOut[row * headSize + d];
      stats[2 * row] = lse[row];
      stats[2 * row + 1] = sum;
    }
  },
};

function backwardBindings({ inputs, outputs }: Node): Dispatch['bindings'] {
  return [
    ...inputs.map((tensor, i) => ({ binding: i + 1, tensor })),
    ...outputs.map((tensor, i) => ({ binding: inputs.length + i + 1, tensor, write: true })),
  ];
}

const attentionBackwardQuery: Op = {
  name: 'attentionBackwardQuery',
  dispatch(node) {
    const shape = sizes(node.inputs[0], node.inputs[1]);
    return launch(backwardQuery, shape, shape.heads, backwardBindings(node));
  },
  reference([q, k, v, spans, stats, dOut], [dq], node) {
    const { headSize, scale } = sizes(node.inputs[0], node.inputs[1]);
    dq.fill(0);
    eachVisible(node, { q, k, spans }, ({ query, key, row, score }) => {
      let slope = -stats[2 * row + 1];
      for (let d = 0; d < headSize; d++) slope += dOut[query + d] * v[key + d];
      const push = Math.exp(score - stats[2 * row]) * slope * scale;
      for (let d = 0; d < headSize; d++) dq[query + d] += push * k[key + d];
    });
  },
};

const attentionBackwardKey: Op = {
  name: 'attentionBackwardKey',
  dispatch(node) {
    const shape = sizes(node.inputs[0], node.inputs[1]);
    return launch(backwardKey, shape, shape.kvHeads, backwardBindings(node));
  },
  reference([q, k, v, spans, stats, dOut], [dk, dv], node) {
    const { headSize, scale } = sizes(node.inputs[0], node.inputs[1]);
    dk.fill(0);
    dv.fill(0);
    eachVisible(node, { q, k, spans }, ({ query, key, row, score }) => {
      const share = Math.exp(score - stats[2 * row]);
      let slope = -stats[2 * row + 1];
      for (let d = 0; d < headSize; d++) slope += dOut[query + d] * v[key + d];
      for (let d = 0; d < headSize; d++) {
        dk[key + d] += share * slope * scale * q[query + d];
        dv[key + d] += share * dOut[query + d];
      }
    });
  },
};

const attentionForward: Op = {
  name: 'attention',
  dispatch({ inputs: [q, k, v, spans], outputs: [out, lse] }) {
    const shape = sizes(q, k);
    return launch(forward, shape, shape.heads, [
      { binding: 1, tensor: q }, { binding: 2, tensor: k }, { binding: 3, tensor: v }, { binding: 4, tensor: spans },
      { binding: 5, tensor: out, write: true }, { binding: 6, tensor: lse, write: true },
    ]);
  },
  reference([q, k, v, spans], [out, lse], node) {
    const { headSize } = sizes(node.inputs[0], node.inputs[1]);
    lse.fill(-Infinity);
    out.fill(0);
    eachVisible(node, { q, k, spans }, ({ row, score }) => {
      const high = Math.max(lse[row], score);
      lse[row] = high + Math.log(Math.exp(lse[row] - high) + Math.exp(score - high));
    });
    eachVisible(node, { q, k, spans }, ({ query, key, row, score }) => {
      for (let d = 0; d < headSize; d++) out[query + d] += Math.exp(score - lse[row]) * v[key + d];
    });
  },
  backward({ inputs: [q, k, v, spans], outputs: [out, lse] }, [dOut], tape) {
    if (!dOut) return;
    const { graph } = tape;
    // In the first layer above frozen weights some of the three may be unwanted; the kernels write them all the same.
    const [dq, dk, dv] = [q, k, v].map((x) => tape.sink(x) ?? { tensor: graph.tensor(`unused d ${x.name}`, x.shape) });
    const stats = graph.tensor('attention stats', [...lse.shape, 2]);
    graph.add(attentionDelta, [out, dOut, lse], [stats]);
    graph.add(attentionBackwardQuery, [q, k, v, spans, stats, dOut], [dq.tensor]);
    graph.add(attentionBackwardKey, [q, k, v, spans, stats, dOut], [dk.tensor, dv.tensor]);
  },
};

/**
 * @param q [tokens, heads, headSize]; @param k @param v [tokens, kvHeads, headSize]
 * @param spans [tokens, 2] u32: first token of the token's document, and one past its last.
 * @returns [tokens, heads, headSize]
 */
export function attention(graph: Graph, q: Tensor, k: Tensor, v: Tensor, spans: Tensor): Tensor {
  const out = graph.tensor('attention', q.shape);
  const lse = graph.tensor('log-sum-exp', [q.shape[0], q.shape[1]]);
  graph.add(attentionForward, [q, k, v, spans], [out, lse]);
  return out;
}
