/**
 * A student's numbers on the adapter: all of them trainable, or frozen with an adapter's beside them. Every program that runs the
 * student binds the same buffers through `bind`.
 */
import type { Graph, Tensor } from '../gpu/graph';
import type { Pools } from '../gpu/program';
import { adaptedWeights, adapterScale, adapterShapes } from './adapter';
import { ParamLayout } from './layout';
import { paramShapes } from './shapes';
import { sourcesOf } from './tensorSource';
import type { Adapter, AdapterSettings, ModelConfig, TensorSources } from './types';

export class Weights {
  /** What is trained: the adapter's parameters where there is one, else the student's. */
  readonly trained: ParamLayout;
  readonly params: readonly Tensor[];
  private readonly frozen?: { layout: ParamLayout; flats: readonly Tensor[] };

  constructor(graph: Graph, readonly config: ModelConfig, readonly settings?: AdapterSettings) {
    const { binding } = graph.limits;
    const base = new ParamLayout(paramShapes(config), binding);
    this.trained = settings ? new ParamLayout(adapterShapes(config, settings), binding) : base;
    this.params = this.trained.tensors(graph, 'params', 'params');
    if (settings) this.frozen = { layout: base, flats: base.tensors(graph, 'frozen', 'frozen') };
  }

  createPools(pools: Pools): void {
    pools.create('params', this.params);
    if (this.frozen) pools.create('frozen', this.frozen.flats);
  }

  /** Fills the student's own numbers. */
  async upload(pools: Pools, params: TensorSources): Promise<void> {
    const { layout, flats } = this.frozen ?? { layout: this.trained, flats: this.params };
    await layout.upload(pools, flats, params);
  }

  /** Fills the adapter's numbers; undefined turns it off, since with B all zero it adds nothing. */
  async uploadAdapter(pools: Pools, adapter: Adapter | undefined): Promise<void> {
    if (adapter) await this.trained.upload(pools, this.params, sourcesOf(adapter.params));
    else this.params.forEach((flat) => pools.clear(flat));
  }

  /**
   * The student's parameters by name for one graph, each with its adapter attached.
   * @param noise [1] u32, new for every micro-batch: given, the adapter's dropout is on.
   * @returns params by Hugging Face's name; trained: what gradients may be wanted for.
   */
  bind(graph: Graph, noise?: Tensor): { params: Map<string, Tensor>; trained: Map<string, Tensor> } {
    const trained = this.trained.views(graph, this.params);
    if (!this.frozen || !this.settings) return { params: trained, trained };
    const params = this.frozen.layout.views(graph, this.frozen.flats);
    const { dropout } = this.settings;
    adaptedWeights(this.config, this.settings).forEach(({ weight, module }, site) => {
      const [base, a, b] = [params.get(weight), trained.get(`${module}.lora_A.weight`), trained.get(`${module}.lora_B.weight`)];
      if (!base || !a || !b) throw new Error(`no adapter for ${weight}`);
      const scale = adapterScale(this.settings as AdapterSettings);
      graph.adapters.set(base, { a, b, scale, dropout: noise && dropout > 0 ? { rate: dropout, seed: noise, site } : undefined });
    });
    return { params, trained };
  }
}
