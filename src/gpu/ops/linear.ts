/**
 * A linear layer: the one place where a model's weight matrices are used. Where the graph has an adapter for the weight, its
 * low-rank product is added: y += scale · dropout(x) · aᵀ · bᵀ. The gradient goes to x, a and b; a frozen weight's is never formed.
 */
import type { Adapter, Graph, Op, Tensor } from '../graph';
import { emitDropout } from './dropout';
import { emitMatmul, flat, matmul } from './matmul';
import { emitPlaceColumns } from './placeColumns';

/**
 * y[tokens, out] = x[tokens, in] · weight[out, in]ᵀ (+ bias[out]) (+ residual[tokens, out]) (+ the adapter's part).
 * @param options.heads splits the output's width: y is then [tokens, heads, out / heads].
 */
export function linear(graph: Graph, x: Tensor, weight: Tensor,
  options: { bias?: Tensor; residual?: Tensor; heads?: number } = {}): Tensor {
  const { bias, residual, heads } = options;
  const [tokens, width] = flat(x);
  const [out, input] = weight.shape;
  if (width !== input) throw new Error(`${weight.name}: an input of width ${width} does not meet [${weight.shape}]`);
  const y = graph.tensor(`out ${weight.name}`, heads ? [tokens, heads, out / heads] : [tokens, out]);
  if (weight.parts) return inParts(graph, x, weight.parts, y, options);
  const inputs = [x, weight, ...(bias ? [bias] : []), ...(residual ? [residual] : [])];
  graph.add(matmul, inputs, [y], { layout: 'nt', accumulate: false, bias: !!bias, residual: !!residual });
  const adapter = graph.adapters.get(weight);
  if (adapter) addAdapter(graph, x, y, adapter);
  return y;
}

/** Forward only: a head too large to be bound, in generation. */
function inParts(graph: Graph, x: Tensor, parts: readonly Tensor[], y: Tensor, { bias, residual }: { bias?: Tensor; residual?: Tensor }): Tensor {
  if (bias || residual) throw new Error(`${y.name}: a weight in parts takes neither bias nor residual`);
  let column = 0;
  for (const part of parts) {
    const columns = graph.tensor(`out ${part.name}`, [x.shape[0], part.shape[0]]);
    emitMatmul(graph, 'nt', x, part, columns, false);
    emitPlaceColumns(graph, columns, y, column);
    column += part.shape[0];
  }
  return y;
}

function addAdapter(graph: Graph, x: Tensor, y: Tensor, { a, b, scale, dropout }: Adapter): void {
  const down = graph.tensor(`down ${a.name}`, [x.shape[0], a.shape[0]]);
  if (dropout) {
    const kept = graph.tensor(`dropout ${a.name}`, x.shape);
    emitDropout(graph, x, kept, dropout);
    graph.add(downWithDropout, [kept, a, x, dropout.seed], [down], { layout: 'nt', accumulate: false, rate: dropout.rate, site: dropout.site });
  } else {
    emitMatmul(graph, 'nt', x, a, down, false);
  }
  emitMatmul(graph, 'nt', down, b, y, true, scale);
}

/** The product with `a` after dropout. Its gradient draws the mask again, so that only x itself is kept for the backward pass. */
const downWithDropout: Op = {
  ...matmul,
  name: 'downWithDropout',
  backward({ inputs: [, a, x, seed], attributes }, [dDown], tape) {
    if (!dDown) return;
    const { graph } = tape;
    const dropout = { rate: attributes.rate as number, site: attributes.site as number, seed };
    const dA = tape.sink(a);
    if (dA) {
      const kept = graph.tensor(`dropout again ${a.name}`, x.shape);
      emitDropout(graph, x, kept, dropout);
      emitMatmul(graph, 'tn', dDown, kept, dA.tensor, dA.accumulate);
    }
    const dx = tape.sink(x);
    if (dx) {
      const dKept = graph.tensor(`d dropout ${a.name}`, x.shape);
      emitMatmul(graph, 'nn', dDown, a, dKept, false);
      emitDropout(graph, dKept, dx.tensor, dropout, dx.accumulate);
    }
  },
};
