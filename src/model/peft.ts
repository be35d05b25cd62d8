/** PEFT's adapter folder, adapter_config.json and adapter_model.safetensors, in and out. Hostile input: everything is checked. */
import * as v from 'valibot';
import { StudioError } from '../core/errors';
import { adaptedWeights, adapterShapes, targetNames } from './adapter';
import { readText, type SourceFiles } from './byteSource';
import { openSafetensors, writeSafetensors } from './safetensors';
import { isTransposedInFiles, paramShapes } from './shapes';
import { paramsOf } from './tensorSource';
import type { Adapter, AdapterSettings, ModelConfig, NamedShape, Params } from './types';

export const ADAPTER_CONFIG = 'adapter_config.json';
export const ADAPTER_WEIGHTS = 'adapter_model.safetensors';

const MOST_CONFIG = 1 << 20;
const PREFIX = 'base_model.model.';
const KEPT = { kept: 'Nothing was loaded.' };
const name = v.pipe(v.string(), v.maxLength(200));
const nothing = v.optional(v.nullable(v.union([v.literal(false), v.strictObject({}), v.pipe(v.array(v.unknown()), v.maxLength(0))])));

const Config = v.looseObject({
  peft_type: v.string(),
  r: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(4096)),
  lora_alpha: v.pipe(v.number(), v.finite(), v.gtValue(0)),
  lora_dropout: v.optional(v.pipe(v.number(), v.minValue(0), v.ltValue(1)), 0),
  target_modules: v.optional(v.nullable(v.union([name, v.pipe(v.array(name), v.minLength(1), v.maxLength(10_000))]))),
  use_rslora: v.optional(v.nullable(v.boolean())),
});

/** What PEFT can do and this engine cannot; any value but these empty ones is refused by name. */
const UNSUPPORTED = ['use_dora', 'modules_to_save', 'rank_pattern', 'alpha_pattern', 'layers_to_transform', 'layer_replication', 'trainable_token_indices', 'exclude_modules', 'target_parameters'];

/**
 * @param files the folder's two files.
 * @param config the student the adapter is for.
 * @throws StudioError `adapter-missing-file`, `adapter-bad-config`, `adapter-unsupported`, `adapter-other-student`, `model-bad-weights`
 */
export async function readAdapter(files: SourceFiles, config: ModelConfig): Promise<Adapter> {
  const needed = (file: string) => {
    const source = files.get(file);
    if (source) return source;
    throw new StudioError('adapter-missing-file', `The adapter has no ${file}.`, { ...KEPT, remedy: 'An adapter is a PEFT folder: adapter_config.json and adapter_model.safetensors.' });
  };
  const text = await readText(needed(ADAPTER_CONFIG), ADAPTER_CONFIG, MOST_CONFIG);
  const found = withoutPrefix(await paramsOf(await openSafetensors(needed(ADAPTER_WEIGHTS), ADAPTER_WEIGHTS)));
  const settings = parseSettings(text, found, config);
  const foreign = (what: string, where: string) => new StudioError('adapter-other-student', what, { where, ...KEPT, remedy: 'Take the student this adapter was trained on.' });
  let shapes: NamedShape[];
  try {
    shapes = adapterShapes(config, settings);
  } catch (cause) {
    throw foreign(cause instanceof Error ? cause.message : 'The adapter names layers this student does not have.', ADAPTER_CONFIG);
  }
  const params: Params = new Map();
  for (const [tensor, shape] of shapes) {
    const param = found.get(tensor);
    if (!param) throw foreign('The adapter lacks a tensor that its configuration promises.', tensor);
    if (param.shape.join() !== shape.join()) throw foreign(`The adapter has a tensor of shape [${param.shape}] where this student needs [${shape}].`, tensor);
    params.set(tensor, param);
  }
  const left = [...found.keys()].find((tensor) => !params.has(tensor));
  if (left !== undefined) throw foreign('The adapter has a tensor that belongs to no layer of this student.', left.slice(0, 120));
  return { settings, params };
}

/** Older files name the adapter inside: `lora_A.default.weight`. */
function withoutPrefix(params: Params): Params {
  return new Map([...params].map(([tensor, param]) => [tensor.replace(PREFIX, '').replace(/\.lora_([AB])\.default\.weight$/, '.lora_$1.weight'), param]));
}

function parseSettings(text: string, found: Params, config: ModelConfig): AdapterSettings {
  const bad = (what: string, where: string) => new StudioError('adapter-bad-config', what, { where, ...KEPT });
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw bad('adapter_config.json is not JSON.', ADAPTER_CONFIG);
  }
  const parsed = v.safeParse(Config, json);
  if (!parsed.success) throw bad(`adapter_config.json is not a LoRA configuration: ${parsed.issues[0].message}`, v.getDotPath(parsed.issues[0]) ?? ADAPTER_CONFIG);
  const c = parsed.output;
  const unsupported = (what: string) => new StudioError('adapter-unsupported', `This adapter needs ${what}, which the engine does not have.`, { where: ADAPTER_CONFIG, ...KEPT });
  if (c.peft_type !== 'LORA') throw unsupported(`PEFT's method "${c.peft_type.slice(0, 40)}"`);
  for (const option of UNSUPPORTED) if (!v.is(nothing, c[option])) throw unsupported(`PEFT's option ${option}`);
  // It tells how the files of the student keep their matrices, not how the adapter does.
  if (c.fan_in_fan_out === true && !keepsTransposed(config)) throw unsupported('PEFT’s option fan_in_fan_out');
  if ((c.bias ?? 'none') !== 'none') throw unsupported('trained biases');
  // A pattern for names says less than the file itself does.
  const listed = [...new Set([...found.keys()].map((tensor) => tensor.replace(/\.lora_[AB]\.weight$/, '')))];
  const targets = Array.isArray(c.target_modules) ? c.target_modules : listed;
  return { rank: c.r, alpha: c.lora_alpha, dropout: c.lora_dropout, rankStabilised: c.use_rslora === true, targets };
}

function keepsTransposed(config: ModelConfig): boolean {
  return paramShapes(config).some(([weight]) => isTransposedInFiles(config, weight));
}

/** @param base name of the student the adapter was trained on, as PEFT will look it up. */
export function adapterToFiles({ settings, params }: Adapter, config: ModelConfig, base: string): Map<string, Uint8Array> {
  const { rank, alpha, dropout, targets, rankStabilised } = settings;
  const json = {
    peft_type: 'LORA', task_type: 'CAUSAL_LM', base_model_name_or_path: base, r: rank, lora_alpha: alpha, lora_dropout: dropout,
    target_modules: targets === 'all-linear' ? targetNames(config) : targets, bias: 'none', use_rslora: rankStabilised, use_dora: false,
    fan_in_fan_out: keepsTransposed(config), init_lora_weights: true, inference_mode: true, modules_to_save: null,
  };
  const named: Params = new Map(adaptedWeights(config, settings).flatMap(({ module }) => ['A', 'B'].map((side) => {
    const param = params.get(`${module}.lora_${side}.weight`);
    if (!param) throw new Error(`the adapter lacks ${module}`);
    return [`${PREFIX}${module}.lora_${side}.weight`, param] as const;
  })));
  return new Map([
    [ADAPTER_CONFIG, new TextEncoder().encode(`${JSON.stringify(json, null, 2)}\n`)],
    [ADAPTER_WEIGHTS, writeSafetensors(named)],
  ]);
}
