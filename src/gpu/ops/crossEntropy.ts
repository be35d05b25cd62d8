/**
 * The head and the weighted loss in one: logits exist only for a chunk of rows at a time, and become their own gradient in place.
 * L = Σ_t coefficient_t · CE_t, so dL/dlogits = coefficient_t · (softmax − onehot). Weighted SFT, STAT-Sel, GRPO and KL differ
 * only in their coefficients (docs/method.md).
 */
import shader from '$shaders/cross_entropy.wgsl?raw';
import { elements, grid, type Graph, type Op, type Tensor } from '../graph';
import { cappedScore } from './attention';
import { emitCrossEntropyChunks, headChunks } from './crossEntropyParts';
import { emitMatmul } from './matmul';
import { rowSettings } from './vectors';

const crossEntropyOp: Op = {
  name: 'crossEntropy',
  dispatch({ inputs: [targets, coefficients], outputs: [logits, losses], attributes }, target) {
    const [rows, vocab] = logits.shape;
    const cap = attributes.cap as number;
    return {
      shader, settings: { ...rowSettings(target), CAPPED: cap > 0 }, uniforms: [rows, vocab, { f32: cap }], groups: grid(rows),
      bindings: [
        { binding: 1, tensor: logits, write: true }, { binding: 2, tensor: targets }, { binding: 3, tensor: coefficients },
        { binding: 4, tensor: losses, write: true },
      ],
    };
  },
  kernels({ inputs: [targets, coefficients], outputs: [logits, losses], attributes }) {
    const [rows, vocab] = logits.shape;
    const args = [logits, targets, coefficients, losses, vocab, { f32: attributes.cap as number }];
    return { calls: [{ kernel: 'crossEntropy', args, units: rows }], own: vocab };
  },
  reference([targets, coefficients], [logits, losses], node) {
    const [rows, vocab] = node.outputs[0].shape;
    for (let row = 0; row < rows; row++) {
      const line = logits.subarray(row * vocab, (row + 1) * vocab);
      const slopes = line.map((x, i) => {
        const { score, slope } = cappedScore(x, node.attributes.cap as number);
        line[i] = score;
        return slope;
      });
      const high = line.reduce((a, b) => Math.max(a, b), -Infinity);
      const mass = line.reduce((sum, x) => sum + Math.exp(x - high), 0);
      losses[row] = coefficients[row] === 0 ? 0 : Math.log(mass) + high - line[targets[row]];
      for (let i = 0; i < vocab; i++) {
        line[i] = slopes[i] * coefficients[row] * (Math.exp(line[i] - high) / mass - (i === targets[row] ? 1 : 0));
      }
    }
  },
};

/** Numbers of logits that may always exist at once (4 MB), and at most beside a trained head: what every adapter binds (128 MiB). */
const LOGITS = [2 ** 20, 2 ** 25];

/**
 * Rows of logits that exist at once: all where they are within 4 MB, else a multiple of 64 (256-byte bindings) within it, or 64. A trained
 * head goes by with its gradient once a chunk, to be read and added to, and on the processor packed: there logits may be as large as the
 * gradient that is held anyway, so that the chunks are few.
 * @param trained numbers of the head's gradient, 0 where there is none.
 */
export function chunkRows(tokens: number, vocab: number, trained = 0): number {
  const most = Math.max(LOGITS[0], Math.min(trained, LOGITS[1]));
  return Math.min(Math.max(64, Math.floor(most / vocab / 64) * 64), tokens);
}

/**
 * @param h [tokens, width] after the last norm; @param head [vocab, width]; @param targets [tokens] u32;
 * @param coefficients [tokens], 0 where a token does not count.
 * @param gradients where the head's gradient is collected (undefined: frozen); omit the object for no gradients at all.
 * @param cap makes each logit cap · tanh(logit / cap); 0: none. @param rows of logits at once.
 * @returns losses [tokens], unweighted, in nats, 0 where the coefficient is; dh [tokens, width] if gradients were asked for.
 */
export function crossEntropyHead(graph: Graph, h: Tensor, head: Tensor, targets: Tensor, coefficients: Tensor,
  gradients?: { dHead?: Tensor }, cap = 0, rows = chunkRows(h.shape[0], head.shape[0], gradients?.dHead ? elements(gradients.dHead) : 0)): { losses: Tensor; dh?: Tensor } {
  const [tokens] = h.shape;
  const chunks = headChunks(graph, head, gradients?.dHead, rows);
  const inChunks = chunks.length > 1;
  const losses = graph.tensor('losses', [tokens]);
  const dh = gradients && graph.tensor('d hidden', h.shape);
  for (let from = 0; from < tokens; from += rows) {
    const count = Math.min(rows, tokens - from);
    const slice = (tensor: Tensor) => (tokens <= rows ? tensor : graph.rows(tensor, from, count));
    if (inChunks) {
      emitCrossEntropyChunks(graph, slice(h), chunks, slice(targets), slice(coefficients), slice(losses), dh && slice(dh), cap);
      continue;
    }
    const logits = graph.tensor('logits chunk', [count, head.shape[0]]);
    emitMatmul(graph, 'nt', slice(h), head, logits, false);
    graph.add(crossEntropyOp, [slice(targets), slice(coefficients)], [logits, slice(losses)], { inPlace: true, cap });
    if (dh) emitMatmul(graph, 'nn', logits, head, slice(dh), false);
    if (gradients?.dHead) emitMatmul(graph, 'tn', logits, slice(h), gradients.dHead, true);
  }
  return { losses, dh };
}
