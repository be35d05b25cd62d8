/**
 * Activations made again in place of being kept (Chen et al. 2016, arXiv 1604.06174): the nodes between two borders of the forward
 * pass are written once more, on fresh tensors, before their gradients. Only what later nodes read outlives the forward pass. The
 * kernels and their inputs are the same, so every bit is too.
 */
import type { Graph, Node, Tensor } from './graph';

/** The runs of nodes worth making again, as [from, to): those between two borders. What follows the last is still there when its gradients begin. */
export function repeatedSpans({ borders }: Graph): [from: number, to: number][] {
  return borders.slice(1).map((to, i) => [borders[i], to]);
}

/**
 * Emits nodes [from, to) once more.
 * @param onCopy told of every tensor that stands for another from now on.
 * @returns the nodes as their gradient rules should see them; those whose outputs are kept were not emitted again.
 */
export function repeatNodes(graph: Graph, [from, to]: [number, number], end: number, onCopy: (of: Tensor, copy: Tensor) => void): Node[] {
  const kept = new Set(graph.nodes.slice(to, end).flatMap(({ inputs, outputs }) => [...inputs, ...outputs].map(rootOf)));
  const made = new Set(graph.nodes.slice(from, to).flatMap(({ outputs }) => outputs.map(rootOf)));
  const copies = new Map<Tensor, Tensor>();
  const copyOf = (tensor: Tensor): Tensor => {
    const root = rootOf(tensor);
    if (root.pool !== 'temp' || kept.has(root) || !made.has(root)) return tensor;
    let copy = copies.get(tensor);
    if (copy) return copy;
    copy = tensor === root
      ? graph.tensor(`${root.name} again`, root.shape, { type: root.type, needsGrad: root.needsGrad })
      : graph.view(copyOf(root), tensor.name, tensor.offset, tensor.shape);
    copies.set(tensor, copy);
    onCopy(tensor, copy);
    return copy;
  };
  return graph.nodes.slice(from, to).map(({ op, inputs, outputs, attributes }) => {
    const node = { op, inputs: inputs.map(copyOf), outputs: outputs.map(copyOf), attributes };
    if (outputs.some((output, i) => node.outputs[i] !== output)) graph.nodes.push(node);
    return node;
  });
}

/** Leaves out, from node `from` on, those of `optional` whose outputs nothing reads. */
export function dropUnread(graph: Graph, from: number, optional: ReadonlySet<Node>): void {
  const read = new Set<Tensor>();
  const kept: Node[] = [];
  for (const node of graph.nodes.splice(from).reverse()) {
    if (optional.has(node) && !node.outputs.some((output) => read.has(rootOf(output)))) continue;
    for (const input of node.inputs) read.add(rootOf(input));
    kept.push(node);
  }
  graph.nodes.push(...kept.reverse());
}

function rootOf(tensor: Tensor): Tensor {
  return tensor.base ?? tensor;
}
