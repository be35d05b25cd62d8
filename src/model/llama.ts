/** The Llama family's forward pass, written once in symbols; training and generation differ only in how they attend. */
import { elements, Graph, type Tensor } from '../gpu/graph';
import { embed, type TokenRuns } from '../gpu/ops/embed';
import { linear } from '../gpu/ops/linear';
import { rmsnorm } from '../gpu/ops/rmsnorm';
import { rope, ropeTables } from '../gpu/ops/rope';
import { swiglu } from '../gpu/ops/swiglu';
import type { Pools } from '../gpu/program';
import { eachPiece } from './tensorSource';
import type { ModelConfig, TensorSources } from './types';

/** Every parameter's Hugging Face name and shape, in the order they are laid out. */
export function paramShapes(config: ModelConfig): [name: string, shape: number[]][] {
  const { vocab, width, hidden, heads, kvHeads, headSize } = config;
  const shapes: [string, number[]][] = [['model.embed_tokens.weight', [vocab, width]]];
  for (let layer = 0; layer < config.layers; layer++) {
    const at = `model.layers.${layer}`;
    shapes.push(
      [`${at}.input_layernorm.weight`, [width]],
      [`${at}.self_attn.q_proj.weight`, [heads * headSize, width]],
      [`${at}.self_attn.k_proj.weight`, [kvHeads * headSize, width]],
      [`${at}.self_attn.v_proj.weight`, [kvHeads * headSize, width]],
      [`${at}.self_attn.o_proj.weight`, [width, heads * headSize]],
      [`${at}.post_attention_layernorm.weight`, [width]],
      [`${at}.mlp.gate_proj.weight`, [hidden, width]],
      [`${at}.mlp.up_proj.weight`, [hidden, width]],
      [`${at}.mlp.down_proj.weight`, [width, hidden]],
    );
  }
  shapes.push(['model.norm.weight', [width]]);
  if (!config.tiedHead) shapes.push(['lm_head.weight', [vocab, width]]);
  return shapes;
}

/** Name of the head's weight: the embedding's where they are tied. */
export function headName(config: ModelConfig): string {
  return config.tiedHead ? 'model.embed_tokens.weight' : 'lm_head.weight';
}

/** Each parameter's view of one flat tensor, on 256-byte borders. */
export class ParamLayout {
  readonly offsets = new Map<string, { offset: number; shape: number[] }>();
  readonly total: number;

  constructor(config: ModelConfig) {
    let offset = 0;
    for (const [name, shape] of paramShapes(config)) {
      this.offsets.set(name, { offset, shape });
      offset += Math.ceil(elements({ shape }) / 64) * 64;
    }
    this.total = offset;
  }

  /** Fills `flat` [total] with the numbers of a student, a piece at a time. */
  async upload(pools: Pools, flat: Tensor, params: TensorSources): Promise<void> {
    for (const [name, { offset }] of this.offsets) {
      const param = params.get(name);
      if (!param) throw new Error(`no numbers for ${name}`);
      await eachPiece(param, (values, at) => pools.write(flat, values, offset + at));
    }
  }

  /** Views of `flat` [total] by parameter name. */
  views(graph: Graph, flat: Tensor): Map<string, Tensor> {
    return new Map([...this.offsets].map(([name, { offset, shape }]) => [name, graph.view(flat, name, offset, shape)]));
  }
}

export interface RopeTensors {
  cosines: Tensor;
  sines: Tensor;
}

/** Makes the pool `tables` with the rotary tables for `context` positions, and `others` that belong to that pool. */
export function createTables(pools: Pools, graph: Graph, { headSize, ropeBase }: ModelConfig, context: number, others: Tensor[] = []): RopeTensors {
  const shape = [context, headSize / 2];
  const cosines = graph.tensor('rope cosines', shape, { pool: 'tables' });
  const sines = graph.tensor('rope sines', shape, { pool: 'tables' });
  pools.create('tables', [cosines, sines, ...others]);
  const values = ropeTables(context, headSize, ropeBase);
  pools.write(cosines, values.cosines);
  pools.write(sines, values.sines);
  return { cosines, sines };
}

export interface ForwardInputs {
  /** [tokens] u32 */
  ids: Tensor;
  /** [tokens] u32, from 0 in each document */
  positions: Tensor;
  rope: RopeTensors;
  /** Where the embedding is to be trained. */
  runs?: TokenRuns;
}

/** q [tokens, heads, headSize], k and v [tokens, kvHeads, headSize], already turned by position → [tokens, heads, headSize]. */
export type Attend = (layer: number, q: Tensor, k: Tensor, v: Tensor) => Tensor;

/** Hidden states after the last norm, [tokens, width]. */
export function llamaForward(graph: Graph, config: ModelConfig, params: ReadonlyMap<string, Tensor>, inputs: ForwardInputs, attend: Attend): Tensor {
  const param = (name: string): Tensor => {
    const tensor = params.get(name);
    if (!tensor) throw new Error(`no parameter ${name}`);
    return tensor;
  };
  const { heads, kvHeads, normEps } = config;
  let x = embed(graph, param('model.embed_tokens.weight'), inputs.ids, 1, inputs.runs);
  for (let layer = 0; layer < config.layers; layer++) {
    const at = `model.layers.${layer}`;
    const forAttention = rmsnorm(graph, x, param(`${at}.input_layernorm.weight`), normEps);
    const project = (name: string, count: number) => linear(graph, forAttention, param(`${at}.self_attn.${name}_proj.weight`), { heads: count });
    const q = rope(graph, project('q', heads), inputs.positions, inputs.rope);
    const k = rope(graph, project('k', kvHeads), inputs.positions, inputs.rope);
    const mixed = attend(layer, q, k, project('v', kvHeads));
    x = linear(graph, mixed, param(`${at}.self_attn.o_proj.weight`), { residual: x });
    const forMlp = rmsnorm(graph, x, param(`${at}.post_attention_layernorm.weight`), normEps);
    const gate = linear(graph, forMlp, param(`${at}.mlp.gate_proj.weight`));
    const up = linear(graph, forMlp, param(`${at}.mlp.up_proj.weight`));
    x = linear(graph, swiglu(graph, gate, up), param(`${at}.mlp.down_proj.weight`), { residual: x });
  }
  return rmsnorm(graph, x, param('model.norm.weight'), normEps);
}
