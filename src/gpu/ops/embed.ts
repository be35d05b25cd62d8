/** Embeddings of tokens, or of positions: out[t] = table[ids[t]] · scale (+ residual[t]). */
import forward from '$shaders/embed_forward.wgsl?raw';
import backward from '$shaders/embed_backward.wgsl?raw';
import packed from '$shaders/embed_packed.wgsl?raw';
import { ceilDiv, grid, type Attributes, type Graph, type Node, type Op, type Tensor } from '../graph';
import { PACKING_CODES, unpacked } from '../packing';
import { readsOf } from './matmulKernels';
import { vectorsFor } from './vectors';

const embedBackward: Op = {
  name: 'embedBackward',
  dispatch({ inputs: [dOut, order, runs], outputs: [dTable], attributes }) {
    const [tokens, elementsWide] = dOut.shape;
    const { size, settings } = vectorsFor(elementsWide);
    const width = elementsWide / size;
    return {
      shader: backward, settings: { ...settings, PART: inParts(attributes) }, uniforms: [tokens, width, { f32: attributes.scale as number }, ...range(attributes)],
      groups: grid(ceilDiv(tokens * width, 64)),
      bindings: [
        { binding: 1, tensor: dOut }, { binding: 2, tensor: order }, { binding: 3, tensor: runs },
        { binding: 4, tensor: dTable, write: true },
      ],
    };
  },
  kernels({ inputs: [dOut, order, runs], outputs: [dTable], attributes }) {
    const [tokens, width] = dOut.shape;
    return { calls: [{ kernel: 'embedBackward', args: [dOut, order, runs, dTable, width, { f32: attributes.scale as number }], units: tokens }] };
  },
  reference([dOut, order, runs], [dTable], node) {
    const [tokens, width] = node.inputs[0].shape;
    const first = (node.attributes.first as number | undefined) ?? 0;
    for (let run = 0; run < tokens; run++) {
      const row = runs[3 * run] - first;
      if (row < 0 || row >= node.outputs[0].shape[0]) continue;
      for (let i = runs[3 * run + 1]; i < runs[3 * run + 2]; i++) {
        for (let c = 0; c < width; c++) {
          dTable[row * width + c] += dOut[order[i] * width + c] * (node.attributes.scale as number);
        }
      }
    }
  },
};

function residualOf({ inputs, attributes }: Node): Tensor | undefined {
  return attributes.residual ? inputs[inputs.length - 1] : undefined;
}

const embedForward: Op = {
  name: 'embed',
  dispatch(node) {
    const { inputs: [table, ids], outputs: [out], attributes } = node;
    const residual = residualOf(node);
    const [tokens, elementsWide] = out.shape;
    const { size, settings } = vectorsFor(elementsWide);
    const width = elementsWide / size;
    return {
      shader: forward, settings: { ...settings, RESIDUAL: !!residual, PART: inParts(attributes) },
      uniforms: [tokens, width, { f32: attributes.scale as number }, ...range(attributes)],
      groups: grid(ceilDiv(tokens * width, 64)),
      bindings: [
        { binding: 1, tensor: table }, { binding: 2, tensor: ids }, { binding: 3, tensor: out, write: true },
        ...(residual ? [{ binding: 4, tensor: residual }] : []),
      ],
    };
  },
  kernels(node) {
    const { inputs: [table, ids], outputs: [out], attributes } = node;
    const [tokens, width] = out.shape;
    return { calls: [{ kernel: 'embed', args: [table, ids, residualOf(node), out, width, { f32: attributes.scale as number }], units: tokens }] };
  },
  reference(inputs, [out], node) {
    const [table, ids] = inputs;
    const residual = residualOf(node) && inputs[inputs.length - 1];
    const [tokens, width] = node.outputs[0].shape;
    const first = (node.attributes.first as number | undefined) ?? 0;
    for (let t = 0; t < tokens; t++) {
      const row = ids[t] - first;
      if (row < 0 || row >= node.inputs[0].shape[0]) continue;
      for (let c = 0; c < width; c++) {
        out[t * width + c] = table[row * width + c] * (node.attributes.scale as number) + (residual ? residual[t * width + c] : 0);
      }
    }
  },
  backward(node, [dOut], tape) {
    const { inputs: [table, , order, runs], attributes } = node;
    if (!dOut) return;
    const dTable = attributes.learns ? tape.sink(table) : undefined;
    if (dTable) {
      const { residual: _, learns: __, ...kept } = attributes;
      tape.graph.add(inParts(attributes) ? partBackward : embedBackward, [dOut, order, runs], [dTable.tensor], { ...kept, accumulate: true });
    }
    const residual = residualOf(node);
    if (residual && !(attributes.first as number)) tape.pass(residual, dOut);
  },
};

/** Rows of a table that is packed or in panels. */
const packedForward: Op = {
  name: 'embedPacked',
  dispatch({ inputs: [table, ids], outputs: [out], attributes }) {
    const [tokens, width] = out.shape;
    return {
      shader: packed, settings: readsOf(table.packing), groups: grid(ceilDiv(tokens * width, 64)),
      uniforms: [tokens, width, { f32: attributes.scale as number }, (attributes.first as number | undefined) ?? 0, table.shape[0]],
      bindings: [{ binding: 1, tensor: table }, { binding: 2, tensor: ids }, { binding: 3, tensor: out, write: true }],
    };
  },
  kernels({ inputs: [table, ids], outputs: [out], attributes }) {
    if (!table.packing || inParts(attributes)) return undefined;
    const [tokens, width] = out.shape;
    return { calls: [{ kernel: 'embedPacked', args: [table, ids, out, PACKING_CODES[table.packing], width, { f32: attributes.scale as number }], units: tokens }] };
  },
  reference([table, ids], [out], node) {
    const { packing } = node.inputs[0];
    if (packing) embedForward.reference([unpacked(table, packing, node.outputs[0].shape[1]), ids], [out], node);
  },
};

/** The rows of a table that lies in parts are looked up part by part; only where a device has such limits. */
const partForward: Op = { ...embedForward, name: 'embedPart', kernels: undefined };
const partBackward: Op = { ...embedBackward, name: 'embedPartBackward', kernels: undefined };

function inParts(attributes: Attributes): boolean {
  return attributes.rows !== undefined;
}

/** First row and number of rows of the part a launch is for. */
function range(attributes: Attributes): number[] {
  return inParts(attributes) ? [attributes.first as number, attributes.rows as number] : [];
}

/** What the gradient needs of the ids: token positions sorted by id, and (id, first, end) a distinct id, padded with empty runs. */
export interface TokenRuns {
  order: Tensor;
  runs: Tensor;
}

/**
 * @param table [vocab, width]; @param ids [tokens] u32, of tokens or positions.
 * @param options.runs absent: no gradient for the table; @param options.residual [tokens, width] is added.
 */
export function embed(graph: Graph, table: Tensor, ids: Tensor, options: { scale?: number; runs?: TokenRuns; residual?: Tensor } = {}): Tensor {
  const { scale = 1, runs, residual } = options;
  const out = graph.tensor(`rows ${table.name}`, [ids.shape[0], table.shape[1]]);
  const emit = (op: Op, rows: Tensor, attributes: Attributes) => {
    if (rows.packing) {
      if (residual) throw new Error(`${table.name}: a packed table takes no residual`);
      graph.add(packedForward, [rows, ids], [out], { scale, ...attributes });
      return;
    }
    const inputs = [rows, ids, ...(runs ? [runs.order, runs.runs] : []), ...(residual ? [residual] : [])];
    graph.add(op, inputs, [out], { scale, learns: !!runs, residual: !!residual, ...attributes });
  };
  let first = 0;
  for (const part of table.parts ?? []) {
    emit(partForward, part, { first, rows: part.shape[0] });
    first += part.shape[0];
  }
  if (!table.parts) emit(embedForward, table, {});
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
