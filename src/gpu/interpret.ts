/** Runs a graph's nodes on the CPU in float64, by the references kept beside the kernels. Slow, exact, and independent of WGSL. */
import { wordsOf, type Graph, type Tensor } from './graph';
import { rootOf } from './plan';

export class Interpreter {
  private readonly values = new Map<Tensor, Float64Array>();

  /** The values of a tensor (the words of a packed one), zero until written; slices share their base's memory. */
  of(tensor: Tensor): Float64Array {
    const root = rootOf(tensor);
    let whole = this.values.get(root);
    if (!whole) this.values.set(root, (whole = new Float64Array(wordsOf(root))));
    return tensor === root ? whole : whole.subarray(tensor.offset, tensor.offset + wordsOf(tensor));
  }

  set(tensor: Tensor, values: ArrayLike<number>): void {
    this.of(tensor).set(Float64Array.from(values));
  }

  /** Runs nodes [from, to). */
  run(graph: Graph, from = 0, to = graph.nodes.length): void {
    for (const node of graph.nodes.slice(from, to)) {
      node.op.reference(node.inputs.map((x) => this.of(x)), node.outputs.map((x) => this.of(x)), node);
    }
  }
}
