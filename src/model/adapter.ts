/** Low-rank adapters (Hu et al. 2021), named and initialised as PEFT does, so that its files and ours mean the same. */
import { StudioError } from '../core/errors';
import { Random } from '../core/random';
import { paramShapes } from './shapes';
import type { Adapter, AdapterSettings, ModelConfig, NamedShape, Params, Student, TensorSource, TensorSources } from './types';

/** A weight matrix that an adapter corrects. */
export interface AdaptedWeight {
  /** Parameter name: `model.layers.0.self_attn.q_proj.weight`. */
  weight: string;
  /** PEFT's module name: the parameter's without `.weight`. */
  module: string;
  out: number;
  input: number;
}

const NOT_LINEAR = /(embed|wte|wpe|lm_head)/;

/** Names a person may list as targets: `q_proj`, `down_proj` … */
export function targetNames(config: ModelConfig): string[] {
  return [...new Set(linearWeights(config).map(({ module }) => module.split('.').pop() ?? module))];
}

function linearWeights(config: ModelConfig): AdaptedWeight[] {
  return paramShapes(config).flatMap(([weight, shape]) => {
    if (shape.length !== 2 || NOT_LINEAR.test(weight)) return [];
    return [{ weight, module: weight.replace(/\.weight$/, ''), out: shape[0], input: shape[1] }];
  });
}

/**
 * The weights the adapter corrects, in layout order.
 * @throws StudioError `adapter-unknown-target`
 */
export function adaptedWeights(config: ModelConfig, { targets }: Pick<AdapterSettings, 'targets'>): AdaptedWeight[] {
  const all = linearWeights(config);
  if (targets === 'all-linear') return all;
  const fits = (module: string, target: string) => module === target || module.endsWith(`.${target}`);
  const unknown = targets.find((target) => !all.some(({ module }) => fits(module, target)));
  if (unknown !== undefined || targets.length === 0) {
    throw new StudioError('adapter-unknown-target', `This student has no linear layer called "${(unknown ?? '').slice(0, 60)}".`, {
      remedy: `Its layers are ${targetNames(config).join(', ')}; all-linear takes them all.`,
    });
  }
  return all.filter(({ module }) => targets.some((target) => fits(module, target)));
}

/** `<module>.lora_A.weight` [rank, in] and `<module>.lora_B.weight` [out, rank] of every adapted weight. */
export function adapterShapes(config: ModelConfig, settings: AdapterSettings): NamedShape[] {
  return adaptedWeights(config, settings).flatMap(({ module, out, input }): NamedShape[] => [
    [`${module}.lora_A.weight`, [settings.rank, input]],
    [`${module}.lora_B.weight`, [out, settings.rank]],
  ]);
}

/** What the product is multiplied by: alpha / rank, or alpha / √rank where rank-stabilised (Kalajdzievski 2023). */
export function adapterScale({ alpha, rank, rankStabilised }: AdapterSettings): number {
  return alpha / (rankStabilised ? Math.sqrt(rank) : rank);
}

/** A new adapter that changes nothing yet: A uniform within 1 / √in (PEFT's Kaiming bound with a = √5), B zero. */
export function freshAdapter(config: ModelConfig, settings: AdapterSettings, seed: number): Adapter {
  const params: Params = new Map(adapterShapes(config, settings).map(([name, shape]) => {
    const data = new Float32Array(shape[0] * shape[1]);
    if (name.endsWith('lora_A.weight')) {
      const random = new Random(seed, 'adapter', name);
      const bound = 1 / Math.sqrt(shape[1]);
      for (let i = 0; i < data.length; i++) data[i] = bound * (2 * random.float() - 1);
    }
    return [name, { shape, data }];
  }));
  return { settings, params };
}

/** The student's parameters with its adapter merged in, W + scale · B · A summed in float64, as they are read; its own without one. */
export function mergedParams({ config, params, adapter }: Pick<Student, 'config' | 'params' | 'adapter'>): TensorSources {
  if (!adapter) return params;
  const adapted = new Map(adaptedWeights(config, adapter.settings).map((weight) => [weight.weight, weight]));
  return new Map([...params].map(([name, source]) => {
    const weight = adapted.get(name);
    return [name, weight ? mergedTensor(source, weight, adapter) : source];
  }));
}

function mergedTensor(source: TensorSource, { module, out, input }: AdaptedWeight, { settings, params }: Adapter): TensorSource {
  const a = params.get(`${module}.lora_A.weight`);
  const b = params.get(`${module}.lora_B.weight`);
  if (!a || !b) throw new Error(`the adapter lacks ${module}`);
  const { rank } = settings;
  const scale = adapterScale(settings);
  const read = async (from = 0, count = out - from) => {
    const merged = Float32Array.from(await source.read(from, count));
    const row = new Float64Array(input);
    for (let o = 0; o < count; o++) {
      row.fill(0);
      for (let r = 0; r < rank; r++) {
        const factor = scale * b.data[(from + o) * rank + r];
        for (let i = 0; i < input; i++) row[i] += factor * a.data[r * input + i];
      }
      for (let i = 0; i < input; i++) merged[o * input + i] += row[i];
    }
    return merged;
  };
  return { shape: source.shape, format: 'F32', read, raw: async (from, count) => new Uint8Array((await read(from, count)).buffer) };
}
