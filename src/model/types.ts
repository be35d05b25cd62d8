/** A student: configuration, tokenizer and numbers, as a Hugging Face folder holds them. */

export interface ModelConfig {
  family: 'llama';
  vocab: number;
  width: number;
  layers: number;
  heads: number;
  kvHeads: number;
  headSize: number;
  hidden: number;
  context: number;
  normEps: number;
  ropeBase: number;
  tiedHead: boolean;
  bosId?: number;
  eosIds: number[];
}

export interface Tokenizer {
  encode(text: string): number[];
  decode(ids: readonly number[]): string;
  readonly size: number;
}

/** Parameter name (Hugging Face's) → shape and values. Linear weights are [out, in]. */
export type Params = Map<string, { shape: number[]; data: Float32Array }>;

export interface Student {
  name: string;
  config: ModelConfig;
  tokenizer: Tokenizer;
  params: Params;
  /** The untouched JSON files of the folder (config.json, tokenizer.json, tokenizer_config.json…), carried to exports. */
  files: Map<string, string>;
}
