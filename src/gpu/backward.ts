/** Reverse-mode differentiation as a graph transformation: walks the forward nodes backwards and emits gradient nodes. */
import { Graph, type GradientTape, type Node, type Tensor } from './graph';
import { emitAdd } from './ops/add';
import { dropUnread, repeatedSpans, repeatNodes } from './recompute';

/**
 * Adds gradient nodes for every node of `graph` that leads to a seed.
 * @param seeds tensor → its gradient, already computed by nodes of the graph (the fused loss head makes them).
 * @param gradientOf for parameters: the tensor in the `grads` pool that collects the gradient. Always added to, so that
 *   several micro-batches may share it; clear it at the start of a step. Undefined: frozen.
 * @param recompute makes the activations between the graph's borders again instead of keeping them.
 */
export function backward(graph: Graph, seeds: Map<Tensor, Tensor>, gradientOf: (param: Tensor) => Tensor | undefined, recompute = false): void {
  const gradients = new Map(seeds);
  const wanted = tensorsThatNeedGradients(graph, gradientOf);
  const tape: GradientTape = {
    graph,
    sink(x) {
      if (x.pool === 'params') {
        const tensor = gradientOf(x);
        return tensor && { tensor, accumulate: true };
      }
      if (!wanted.has(x)) return undefined;
      const known = gradients.get(x);
      if (known) return { tensor: known, accumulate: true };
      const tensor = graph.tensor(`d ${x.name}`, x.shape);
      gradients.set(x, tensor);
      return { tensor, accumulate: false };
    },
    pass(x, gradient) {
      if (!wanted.has(x)) return;
      const known = gradients.get(x);
      if (known) emitAdd(graph, known, gradient);
      else gradients.set(x, gradient);
    },
  };
  // The list grows while it is walked; only the forward part is differentiated.
  const forward = [...graph.nodes];
  const spans = new Map(recompute ? repeatedSpans(graph).map((span) => [span[1] - 1, span]) : []);
  const repeated = new Set<Node>();
  for (let i = forward.length - 1; i >= 0; i--) {
    const span = spans.get(i);
    if (span) {
      const again = repeatNodes(graph, span, forward.length, (of, copy) => wanted.has(of) && wanted.add(copy));
      forward.splice(span[0], again.length, ...again);
      for (const node of again) repeated.add(node);
    }
    const node = forward[i];
    const incoming = node.outputs.map((output) => gradients.get(output));
    if (!incoming.some(Boolean) || !node.op.backward) continue;
    node.op.backward(node, incoming, tape);
  }
  dropUnread(graph, forward.length, repeated);
}

/** Tensors with a trainable parameter somewhere above them. */
function tensorsThatNeedGradients(graph: Graph, gradientOf: (param: Tensor) => Tensor | undefined): Set<Tensor> {
  const wanted = new Set<Tensor>();
  for (const node of graph.nodes) {
    const live = node.inputs.some((x) => wanted.has(x) || x.needsGrad || (x.pool === 'params' && gradientOf(x)));
    if (live) node.outputs.forEach((output) => wanted.add(output));
  }
  for (const tensor of graph.tensors) if (tensor.needsGrad) wanted.add(tensor);
  return wanted;
}
