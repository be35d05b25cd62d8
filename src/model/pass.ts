/** What a family writes its forward pass with: the shared ops under the names of the family's parameters. */
import type { Graph, Tensor } from '../gpu/graph';
import type { AttentionOptions } from '../gpu/ops/attention';
import { activate } from '../gpu/ops/activation';
import { embed, type TokenRuns } from '../gpu/ops/embed';
import { layernorm } from '../gpu/ops/layernorm';
import { linear } from '../gpu/ops/linear';
import { rmsnorm } from '../gpu/ops/rmsnorm';
import { rope, type RopeTensors } from '../gpu/ops/rope';
import { splitThree } from '../gpu/ops/split';
import { attentionOf } from './attentionOf';
import type { ModelConfig } from './types';

export interface ForwardInputs {
  /** [tokens] u32 */
  ids: Tensor;
  /** [tokens] u32, from 0 in each document */
  positions: Tensor;
  tables: PositionTables;
  /** Where the embedding is to be trained: the order of the ids. */
  runs?: TokenRuns;
  /** Likewise of the positions, where they are learned. */
  positionRuns?: TokenRuns;
}

/** Rotary tables; absent where positions are learned. */
export interface PositionTables {
  rope?: RopeTensors;
  /** Of the layers that have a window, where theirs is another. */
  local?: RopeTensors;
}

/** q [tokens, heads, headSize], k and v [tokens, kvHeads, headSize], already turned by position → [tokens, heads, headSize]. */
export type Attend = (layer: number, q: Tensor, k: Tensor, v: Tensor, options: AttentionOptions) => Tensor;

export class Pass {
  constructor(
    private readonly graph: Graph, readonly config: ModelConfig, private readonly params: ReadonlyMap<string, Tensor>,
    private readonly inputs: ForwardInputs, private readonly attention: Attend,
  ) {}

  /** Before each layer: what is made within one may be made again for its gradients. */
  beginLayer(): void {
    this.graph.borders.push(this.graph.nodes.length);
  }

  private param(name: string): Tensor {
    const tensor = this.params.get(name);
    if (!tensor) throw new Error(`no parameter ${name}`);
    return tensor;
  }

  /** Rows of the table `${name}.weight` for the tokens, times `scale`, [tokens, width]. */
  embed(name: string, scale = 1): Tensor {
    return embed(this.graph, this.param(`${name}.weight`), this.inputs.ids, { scale, runs: this.inputs.runs });
  }

  /** x [tokens, width] + the rows of `${name}.weight` for the tokens' positions. */
  addPositions(name: string, x: Tensor): Tensor {
    return embed(this.graph, this.param(`${name}.weight`), this.inputs.positions, { runs: this.inputs.positionRuns, residual: x });
  }

  /**
   * x · `${name}.weight`ᵀ, with `${name}.bias` where the family has one (+ residual).
   * @param options.heads splits the output's width: [tokens, heads, out / heads].
   */
  linear(name: string, x: Tensor, options: { residual?: Tensor; heads?: number } = {}): Tensor {
    return linear(this.graph, x, this.param(`${name}.weight`), { ...options, bias: this.params.get(`${name}.bias`) });
  }

  /** Over the weight's width: all of a token, or each of its heads. @param options see the op. */
  rmsnorm(name: string, x: Tensor, options: { plusOne?: boolean; residual?: Tensor } = {}): Tensor {
    return rmsnorm(this.graph, x, this.param(`${name}.weight`), this.config.normEps, options);
  }

  layernorm(name: string, x: Tensor): Tensor {
    return layernorm(this.graph, x, this.param(`${name}.weight`), this.param(`${name}.bias`), this.config.normEps);
  }

  /** q [tokens, heads, headSize] and k [tokens, kvHeads, headSize], turned by position as that layer does it. */
  rope(layer: number, q: Tensor, k: Tensor): [q: Tensor, k: Tensor] {
    const { rope: all, local = all } = this.inputs.tables;
    const tables = attentionOf(this.config, layer).window ? local : all;
    if (!tables) throw new Error('no rotary tables');
    return rope(this.graph, q, k, this.inputs.positions, tables);
  }

  attend(layer: number, q: Tensor, k: Tensor, v: Tensor): Tensor {
    return this.attention(layer, q, k, v, attentionOf(this.config, layer));
  }

  /** silu(gate) · up */
  swiglu(gate: Tensor, up: Tensor): Tensor {
    return activate(this.graph, 'silu', gate, up);
  }

  /** gelu(x) (· up) */
  gelu(x: Tensor, up?: Tensor): Tensor {
    return activate(this.graph, 'gelu', x, up);
  }

  /** x [tokens, 3 · width] → queries, keys and values of the student's heads. */
  splitThree(x: Tensor): [q: Tensor, k: Tensor, v: Tensor] {
    return splitThree(this.graph, x, this.config.heads);
  }
}
