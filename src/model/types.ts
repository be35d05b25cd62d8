/** A student: configuration, tokenizer and numbers, as a Hugging Face folder holds them. */
import type { RopeScaling } from '../gpu/ops/rope';
import type { Packing } from '../gpu/packing';
import type { ChatTemplate } from './chatTemplate';

export type FamilyName = 'llama' | 'mistral' | 'qwen2' | 'qwen3' | 'gemma3' | 'gpt2';

/** What a forward pass needs to know. What only some families have is absent elsewhere. */
export interface ModelConfig {
  family: FamilyName;
  vocab: number;
  width: number;
  layers: number;
  heads: number;
  kvHeads: number;
  headSize: number;
  hidden: number;
  context: number;
  normEps: number;
  /** Rotary positions' base. Absent: positions are learned, one row of a table each. */
  ropeBase?: number;
  ropeScaling?: RopeScaling;
  /** Another base, unscaled, in the layers that have a window. */
  localRopeBase?: number;
  /** One a layer: how many tokens a query sees, itself included; 0 for all. Absent: all, in every layer. */
  windows?: readonly number[];
  /** Attention scores are q·k times this; absent: 1/√headSize. */
  scoreScale?: number;
  /** Attention scores s become cap · tanh(s / cap). */
  scoreCap?: number;
  /** Logits l become cap · tanh(l / cap). */
  logitCap?: number;
  /** Linear layers that have a bias. */
  biases?: readonly ('qkv' | 'out' | 'mlp')[];
  /** Each query and key head is normed before it is turned. */
  headNorms?: boolean;
  tiedHead: boolean;
  bosId?: number;
  eosIds: number[];
}

export interface Tokenizer {
  /** Without any token that is not in the text. */
  encode(text: string): number[];
  /** With the tokens that the tokenizer puts around a text (begin of text, …). */
  encodeSpecial(text: string): number[];
  /** What it puts before a text; absent where `tokenizer.json` does not say. */
  readonly startIds?: readonly number[];
  /** Special tokens are left out unless `keepSpecial`. */
  decode(ids: readonly number[], keepSpecial?: boolean): string;
  idOf(token: string): number | undefined;
  /** A token as the vocabulary spells it. */
  piece(id: number): string | undefined;
  /** One more than the largest id. */
  readonly size: number;
}

/** Parameter name (Hugging Face's) → shape and values. Linear weights are [out, in]. */
export type Params = Map<string, { shape: number[]; data: Float32Array }>;

/** What a file keeps numbers as: plain ones of safetensors and GGUF, and ggml's quantised blocks. */
export type NumberFormat = 'F32' | 'F16' | 'BF16' | 'Q8_0' | 'Q4_0' | 'Q4_1' | 'Q5_0' | 'Q5_1' | 'Q4_K' | 'Q5_K' | 'Q6_K';

/** One tensor where it lies. It is read in rows, a row being the last dimension (a vector is one row), and never kept. */
export interface TensorSource {
  readonly shape: readonly number[];
  readonly format: NumberFormat;
  /**
   * Rows [from, from + count) as f32; all where not given. To be read only: it may be the tensor's own memory.
   * @throws StudioError `model-bad-weights` where a value is not a number.
   */
  read(from?: number, count?: number): Promise<Float32Array>;
  /** The same rows as they lie, in blocks of `format`, unchecked. */
  raw(from?: number, count?: number): Promise<Uint8Array>;
}

/** Parameter name (Hugging Face's) → where its numbers are. */
export type TensorSources = ReadonlyMap<string, TensorSource>;

export type NamedShape = [name: string, shape: number[]];

export interface AdapterSettings {
  rank: number;
  alpha: number;
  /** Share of each adapted layer's inputs left out while training, 0 up to 1. */
  dropout: number;
  /** Last parts of module names, as PEFT's `target_modules`: `q_proj`, or a whole name. */
  targets: 'all-linear' | readonly string[];
  /** Scale alpha / √rank in place of alpha / rank. */
  rankStabilised: boolean;
}

/** A low-rank correction of a student's linear layers. */
export interface Adapter {
  settings: AdapterSettings;
  /** `<module>.lora_A.weight` [rank, in] and `<module>.lora_B.weight` [out, rank]. */
  params: Params;
}

/** What decides which tensors a student has on a device, and how they lie: a student without its numbers. */
export interface StudentShape {
  config: ModelConfig;
  adapter?: { settings: AdapterSettings };
  packing?: Packing;
}

export interface Student {
  name: string;
  config: ModelConfig;
  tokenizer: Tokenizer;
  /** Where the model ships one: questions and answers are turns of a conversation. */
  chat?: ChatTemplate;
  params: TensorSources;
  /** Applied on top of the params wherever the student runs. */
  adapter?: Adapter;
  /** How the params lie on the device, which then cannot train them; absent: in f32. */
  packing?: Packing;
  /** The untouched JSON files of the folder (config.json, tokenizer.json, tokenizer_config.json…), carried to exports. */
  files: Map<string, string>;
}
