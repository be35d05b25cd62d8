/** What a family writes its forward pass with: the shared ops under the names of the family's parameters. */
import type { Graph, Tensor } from '../gpu/graph';
import type { AttentionOptions } from '../gpu/ops/attention';
import { embed, type TokenRuns } from '../gpu/ops/embed';
import { linear } from '../gpu/ops/linear';
import { rmsnorm } from '../gpu/ops/rmsnorm';
import { rope, type RopeTensors } from '../gpu/ops/rope';
import { swiglu } from '../gpu/ops/swiglu';
import { attentionOf } from './attentionOf';
import type { ModelConfig } from './types';

export interface ForwardInputs {
  /** [tokens] u32 */
  ids: Tensor;
  /** [tokens] u32, from 0 in each document */
  positions: Tensor;
  tables: PositionTables;
  /** Where the embedding is to be trained. */
  runs?: TokenRuns;
}

/** Rotary tables; absent where positions are learned. */
export interface PositionTables {
  rope?: RopeTensors;
}

/** q [tokens, heads, headSize], k and v [tokens, kvHeads, headSize], already turned by position → [tokens, heads, headSize]. */
export type Attend = (layer: number, q: Tensor, k: Tensor, v: Tensor, options: AttentionOptions) => Tensor;

export class Pass {
  constructor(
    private readonly graph: Graph, readonly config: ModelConfig, private readonly params: ReadonlyMap<string, Tensor>,
    private readonly inputs: ForwardInputs, private readonly attention: Attend,
  ) {}

  private param(name: string): Tensor {
    const tensor = this.params.get(name);
    if (!tensor) throw new Error(`no parameter ${name}`);
    return tensor;
  }

  /** Rows of the table `${name}.weight` for the tokens, [tokens, width]. */
  embed(name: string): Tensor {
    return embed(this.graph, this.param(`${name}.weight`), this.inputs.ids, 1, this.inputs.runs);
  }

  /**
   * x · `${name}.weight`ᵀ, with `${name}.bias` where the family has one (+ residual).
   * @param options.heads splits the output's width: [tokens, heads, out / heads].
   */
  linear(name: string, x: Tensor, options: { residual?: Tensor; heads?: number } = {}): Tensor {
    return linear(this.graph, x, this.param(`${name}.weight`), { ...options, bias: this.params.get(`${name}.bias`) });
  }

  rmsnorm(name: string, x: Tensor): Tensor {
    return rmsnorm(this.graph, x, this.param(`${name}.weight`), this.config.normEps);
  }

  /** x [tokens, heads, headSize], turned by position. */
  rope(x: Tensor): Tensor {
    const { rope: tables } = this.inputs.tables;
    if (!tables) throw new Error('no rotary tables');
    return rope(this.graph, x, this.inputs.positions, tables);
  }

  attend(layer: number, q: Tensor, k: Tensor, v: Tensor): Tensor {
    return this.attention(layer, q, k, v, attentionOf(this.config, layer));
  }

  swiglu(gate: Tensor, up: Tensor): Tensor {
    return swiglu(this.graph, gate, up);
  }
}
