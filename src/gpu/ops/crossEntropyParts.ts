/**
 * The loss over a vocabulary in chunks, for a head too large to be bound whole: a running log-sum-exp over the chunks (Milakov and
 * Gimelshein 2018), then every chunk becomes its own gradient in place. No product is computed twice.
 */
import partShader from '$shaders/cross_entropy_part.wgsl?raw';
import statsShader from '$shaders/cross_entropy_stats.wgsl?raw';
import { ceilDiv, elements, grid, type Graph, type Op, type Tensor } from '../graph';
import { cappedScore } from './attention';
import { emitMatmul } from './matmul';

const crossEntropyStats: Op = {
  name: 'crossEntropyStats',
  dispatch({ inputs: [logits, targets, coefficients], outputs: [stats, losses], attributes }, target) {
    const [rows, vocab] = logits.shape;
    const { first, cap } = attributes as Record<string, number>;
    return {
      shader: statsShader, settings: { LANES: target.lanes, TREE: true, CAPPED: cap > 0, MORE: first > 0, LAST: !!losses },
      uniforms: [rows, vocab, first, { f32: cap }], groups: grid(rows),
      bindings: [
        { binding: 1, tensor: logits }, { binding: 2, tensor: targets }, ...(losses ? [{ binding: 3, tensor: coefficients }] : []),
        { binding: 4, tensor: stats, write: true }, ...(losses ? [{ binding: 5, tensor: losses, write: true }] : []),
      ],
    };
  },
  reference([logits, targets, coefficients], [stats, losses], node) {
    const [rows, vocab] = node.inputs[0].shape;
    const { first, cap } = node.attributes as Record<string, number>;
    for (let row = 0; row < rows; row++) {
      const scores = Array.from(logits.subarray(row * vocab, (row + 1) * vocab), (x) => cappedScore(x, cap).score);
      const [before, mass, goal] = first > 0 ? stats.subarray(3 * row, 3 * row + 3) : [-1e30, 0, 0];
      const high = scores.reduce((a, b) => Math.max(a, b), before);
      const whole = mass * Math.exp(before - high) + scores.reduce((sum, x) => sum + Math.exp(x - high), 0);
      const at = targets[row] - first;
      const own = at >= 0 && at < vocab ? scores[at] : goal;
      stats.set([high, whole, own], 3 * row);
      if (losses) losses[row] = coefficients[row] === 0 ? 0 : Math.log(whole) + high - own;
    }
  },
};

const crossEntropyPart: Op = {
  name: 'crossEntropyPart',
  dispatch({ inputs: [targets, coefficients, stats], outputs: [logits], attributes }) {
    const { first, cap } = attributes as Record<string, number>;
    return {
      shader: partShader, settings: { CAPPED: cap > 0 }, uniforms: [elements(logits), logits.shape[1], first, { f32: cap }],
      groups: grid(ceilDiv(elements(logits), 64)),
      bindings: [
        { binding: 1, tensor: logits, write: true }, { binding: 2, tensor: targets }, { binding: 3, tensor: coefficients }, { binding: 4, tensor: stats },
      ],
    };
  },
  reference([targets, coefficients, stats], [logits], node) {
    const [, vocab] = node.outputs[0].shape;
    const { first, cap } = node.attributes as Record<string, number>;
    for (let i = 0; i < logits.length; i++) {
      const row = Math.floor(i / vocab);
      const { score, slope } = cappedScore(logits[i], cap);
      const share = Math.exp(score - stats[3 * row]) / stats[3 * row + 1];
      logits[i] = slope * coefficients[row] * (share - ((i % vocab) + first === targets[row] ? 1 : 0));
    }
  },
};

export interface HeadChunk {
  /** Rows of the head: [chunk, width]. */
  weight: Tensor;
  /** Where their gradient is collected. */
  gradient?: Tensor;
}

/** Rows of the head in chunks whose logits for `rows` tokens stay within the device's limit. */
export function headChunks(graph: Graph, head: Tensor, dHead: Tensor | undefined, rows: number): HeadChunk[] {
  const most = Math.max(64, Math.floor(graph.limits.binding / (4 * rows) / 64) * 64);
  const parts = head.parts ?? [head];
  const gradients = dHead && (dHead.parts ?? [dHead]);
  return parts.flatMap((part, i) => {
    if (part.shape[0] <= most) return [{ weight: part, gradient: gradients?.[i] }];
    return Array.from({ length: ceilDiv(part.shape[0], most) }, (_, n) => {
      const count = Math.min(most, part.shape[0] - n * most);
      return { weight: graph.rows(part, n * most, count), gradient: gradients && graph.rows(gradients[i], n * most, count) };
    });
  });
}

/** Losses of some rows of h, and where wanted their gradient: all for one run of rows. */
export function emitCrossEntropyChunks(graph: Graph, h: Tensor, chunks: readonly HeadChunk[], targets: Tensor, coefficients: Tensor,
  losses: Tensor, dh: Tensor | undefined, cap: number): void {
  const rows = h.shape[0];
  const stats = graph.tensor('softmax stats', [rows, 3]);
  let first = 0;
  const made = chunks.map(({ weight, gradient }, i) => {
    const logits = graph.tensor(`logits chunk ${i}`, [rows, weight.shape[0]]);
    emitMatmul(graph, 'nt', h, weight, logits, false);
    graph.add(crossEntropyStats, [logits, targets, coefficients], i === chunks.length - 1 ? [stats, losses] : [stats], { first, cap, inPlace: true });
    first += weight.shape[0];
    return { logits, weight, gradient, first: first - weight.shape[0] };
  });
  if (!dh) return;
  made.forEach(({ logits, weight, gradient, first: from }, i) => {
    graph.add(crossEntropyPart, [targets, coefficients, stats], [logits], { first: from, cap, inPlace: true });
    emitMatmul(graph, 'nn', logits, weight, dh, i > 0);
    if (gradient) emitMatmul(graph, 'tn', logits, h, gradient, true);
  });
}
