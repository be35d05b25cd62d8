/** A linear layer: the one place where a model's weight matrices are used. */
import type { Graph, Tensor } from '../graph';
import { flat, matmul } from './matmul';

/**
 * y[tokens, out] = x[tokens, in] · weight[out, in]ᵀ (+ bias[out]) (+ residual[tokens, out]).
 * @param options.heads splits the output's width: y is then [tokens, heads, out / heads].
 */
export function linear(graph: Graph, x: Tensor, weight: Tensor,
  options: { bias?: Tensor; residual?: Tensor; heads?: number } = {}): Tensor {
  const { bias, residual, heads } = options;
  const [tokens, width] = flat(x);
  const [out, input] = weight.shape;
  if (width !== input) throw new Error(`${weight.name}: an input of width ${width} does not meet [${weight.shape}]`);
  const y = graph.tensor(`out ${weight.name}`, heads ? [tokens, heads, out / heads] : [tokens, out]);
  const inputs = [x, weight, ...(bias ? [bias] : []), ...(residual ? [residual] : [])];
  graph.add(matmul, inputs, [y], { layout: 'nt', accumulate: false, bias: !!bias, residual: !!residual });
  return y;
}
