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
import type { Adapter, AdapterSettings, ModelConfig, StudentShape, TensorSources } from './types';

export class Weights {
  readonly config: ModelConfig;
  private readonly settings?: AdapterSettings;
  /** What is trained: the adapter's parameters where there is one, else the student's, unless they are packed. */
  readonly trained: ParamLayout;
  readonly params: readonly Tensor[];
  private readonly frozen?: { layout: ParamLayout; flats: readonly Tensor[] };

  /**
   * @param student its adapter's settings and how the frozen weights are packed, where it says.
   * @param panels matrices lie as the processor's products read them: for programs that only read them.
   */
  constructor(graph: Graph, { config, adapter, packing }: StudentShape, panels = false) {
    const { binding } = graph.limits;
    this.config = config;
    this.settings = adapter?.settings;
    const lying = panels ? 'panels' : undefined;
    const frozen = adapter || packing ? new ParamLayout(paramShapes(config), binding, packing ?? lying) : undefined;
    this.trained = new ParamLayout(adapter ? adapterShapes(config, adapter.settings) : frozen ? [] : paramShapes(config), binding, lying);
    this.params = this.trained.tensors(graph, 'params', 'params');
    if (frozen) this.frozen = { layout: frozen, flats: frozen.tensors(graph, 'frozen', 'frozen') };
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
    if (!this.frozen) return { params: trained, trained };
    const params = this.frozen.layout.views(graph, this.frozen.flats);
    const { settings } = this;
    if (!settings) return { params, trained };
    const { dropout } = settings;
    adaptedWeights(this.config, settings).forEach(({ weight, module }, site) => {
      const [base, a, b] = [params.get(weight), trained.get(`${module}.lora_A.weight`), trained.get(`${module}.lora_B.weight`)];
      if (!base || !a || !b) throw new Error(`no adapter for ${weight}`);
      const scale = adapterScale(settings);
      graph.adapters.set(base, { a, b, scale, dropout: noise && dropout > 0 ? { rate: dropout, seed: noise, site } : undefined });
    });
    return { params, trained };
  }
}
