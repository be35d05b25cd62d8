/** Token embedding: out[t] = table[ids[t]] · scale. */
import forward from '$shaders/embed_forward.wgsl?raw';
import backward from '$shaders/embed_backward.wgsl?raw';
import { ceilDiv, grid, type Graph, type Op, type Tensor } from '../graph';
import { vectorsFor } from './vectors';

const embedBackward: Op = {
  name: 'embedBackward',
  dispatch({ inputs: [dOut, order, runs], outputs: [dTable], attributes }) {
    const [tokens, elementsWide] = dOut.shape;
    const { size, settings } = vectorsFor(elementsWide);
    const width = elementsWide / size;
    return {
      shader: backward, settings, uniforms: [tokens, width, { f32: attributes.scale as number }],
      groups: grid(ceilDiv(tokens * width, 64)),
      bindings: [
        { binding: 1, tensor: dOut }, { binding: 2, tensor: order }, { binding: 3, tensor: runs },
        { binding: 4, tensor: dTable, write: true },
      ],
    };
  },
  reference([dOut, order, runs], [dTable], node) {
    const [tokens, width] = node.inputs[0].shape;
    for (let run = 0; run < tokens; run++) {
      for (let i = runs[3 * run + 1]; i < runs[3 * run + 2]; i++) {
        for (let c = 0; c < width; c++) {
          dTable[runs[3 * run] * width + c] += dOut[order[i] * width + c] * (node.attributes.scale as number);
        }
      }
    }
  },
};

const embedForward: Op = {
  name: 'embed',
  dispatch({ inputs: [table, ids], outputs: [out], attributes }) {
    const [tokens, elementsWide] = out.shape;
    const { size, settings } = vectorsFor(elementsWide);
    const width = elementsWide / size;
    return {
      shader: forward, settings, uniforms: [tokens, width, { f32: attributes.scale as number }],
      groups: grid(ceilDiv(tokens * width, 64)),
      bindings: [{ binding: 1, tensor: table }, { binding: 2, tensor: ids }, { binding: 3, tensor: out, write: true }],
    };
  },
  reference([table, ids], [out], node) {
    const [tokens, width] = node.outputs[0].shape;
    for (let t = 0; t < tokens; t++) {
      for (let c = 0; c < width; c++) out[t * width + c] = table[ids[t] * width + c] * (node.attributes.scale as number);
    }
  },
  backward({ inputs: [table, , order, runs], attributes }, [dOut], tape) {
    const dTable = dOut && order && tape.sink(table);
    if (dTable) tape.graph.add(embedBackward, [dOut, order, runs], [dTable.tensor], { scale: attributes.scale, accumulate: true });
  },
};

/** What the gradient needs of the ids: token positions sorted by id, and (id, first, end) a distinct id, padded with empty runs. */
export interface TokenRuns {
  order: Tensor;
  runs: Tensor;
}

/** @param table [vocab, width]; @param ids [tokens] u32; @param runs absent: no gradient for the table. */
export function embed(graph: Graph, table: Tensor, ids: Tensor, scale: number, runs?: TokenRuns): Tensor {
  const out = graph.tensor('embedding', [ids.shape[0], table.shape[1]]);
  graph.add(embedForward, runs ? [table, ids, runs.order, runs.runs] : [table, ids], [out], { scale });
  return out;
}

/** Fills `order` [tokens] and `runs` [tokens · 3] for the ids. Returns the number of distinct ids. */
export function sortTokens(ids: Uint32Array, order: Uint32Array, runs: Uint32Array): number {
  const positions = Array.from(ids.keys()).sort((a, b) => ids[a] - ids[b] || a - b);
  order.set(positions);
  runs.fill(0);
  let count = 0;
  for (let i = 0; i < positions.length; ) {
    let end = i;
    while (end < positions.length && ids[positions[end]] === ids[positions[i]]) end++;
    runs.set([ids[positions[i]], i, end], 3 * count++);
    i = end;
  }
  return count;
}
