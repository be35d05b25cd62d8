/** A tokenizer.json as GGUF's tables, which llama.cpp tokenizes by. */
import * as v from 'valibot';
import { StudioError } from '../../core/errors';
import { PIECE } from '../tokenizers/pieces';
import type { Student } from '../types';
import { splittingName } from './tokenizer';
import type { WrittenValue } from './write';

const Added = v.object({ id: v.number(), content: v.string(), special: v.optional(v.boolean(), false) });
const TokenizerJson = v.object({
  added_tokens: v.optional(v.array(Added), []),
  normalizer: v.optional(v.unknown()),
  pre_tokenizer: v.optional(v.unknown()),
  model: v.object({
    type: v.optional(v.string()),
    vocab: v.union([v.record(v.string(), v.number()), v.array(v.tuple([v.string(), v.number()]))]),
    merges: v.optional(v.array(v.union([v.string(), v.tuple([v.string(), v.string()])]))),
    byte_fallback: v.optional(v.nullable(v.boolean())),
    unk_token: v.optional(v.nullable(v.string())),
  }),
});
const TokenizerConfig = v.looseObject({ chat_template: v.optional(v.string()) });

/** @throws StudioError `export-unsupported` for a tokenizer that llama.cpp has no like of. */
export function tokenizerTables({ files, config, tokenizer }: Student): Map<string, WrittenValue> {
  const parsed = v.safeParse(TokenizerJson, JSON.parse(files.get('tokenizer.json') ?? 'null'));
  if (!parsed.success) throw unsupported('a tokenizer without a vocabulary');
  const { model, added_tokens: added, pre_tokenizer: preTokenizer } = parsed.output;
  const words = JSON.stringify([parsed.output.normalizer, preTokenizer]).includes('▁');
  const pre = splittingName(preTokenizer);
  const kind = model.type === 'Unigram' ? 't5' : model.type !== undefined && model.type !== 'BPE' ? undefined : pre ? 'gpt2' : words ? 'llama' : undefined;
  if (kind === undefined) throw unsupported(`a tokenizer of the kind ${(model.type ?? 'BPE').slice(0, 40)} that cuts text in its own way`);

  const texts = Array.from({ length: config.vocab }, (_, id) => `[PAD${id}]`);
  const types = new Array<number>(config.vocab).fill(PIECE.unused);
  const scores = new Array<number>(config.vocab).fill(0);
  const listed = Array.isArray(model.vocab) ? model.vocab.map(([text, score], id) => ({ text, id, score })) : Object.entries(model.vocab).map(([text, id]) => ({ text, id, score: 0 }));
  for (const { text, id, score } of listed) {
    texts[id] = text;
    scores[id] = score;
    types[id] = kind !== 'gpt2' && /^<0x[0-9A-F]{2}>$/.test(text) ? PIECE.byte : text === model.unk_token ? PIECE.unknown : PIECE.normal;
  }
  for (const { id, content, special } of added) {
    texts[id] = content;
    if (types[id] !== PIECE.unknown) types[id] = special ? PIECE.control : PIECE.userDefined;
  }
  const tables = new Map<string, WrittenValue>([['tokenizer.ggml.model', { text: kind }]]);
  if (kind === 'gpt2') tables.set('tokenizer.ggml.pre', { text: pre ?? 'default' });
  tables.set('tokenizer.ggml.tokens', { texts });
  tables.set('tokenizer.ggml.token_type', { i32s: types });
  const merges = (model.merges ?? []).map((merge) => (typeof merge === 'string' ? merge : merge.join(' ')));
  if (kind === 'gpt2') tables.set('tokenizer.ggml.merges', { texts: merges });
  else tables.set('tokenizer.ggml.scores', { f32s: kind === 'llama' ? scoresOf(merges, texts) : scores });
  if (kind !== 'gpt2') tables.set('tokenizer.ggml.add_space_prefix', { bool: spaceBefore(parsed.output.normalizer, preTokenizer) });
  const id = (name: string, value: number | undefined) => value !== undefined && tables.set(`tokenizer.ggml.${name}_token_id`, { u32: value });
  id('bos', config.bosId);
  id('eos', config.eosIds[0]);
  if (config.eosIds.length > 1) id('eot', config.eosIds[1]);
  const unknown = types.indexOf(PIECE.unknown);
  if (kind !== 'gpt2' && unknown >= 0) id('unknown', unknown);
  tables.set('tokenizer.ggml.add_bos_token', { bool: config.bosId !== undefined && tokenizer.startIds?.[0] === config.bosId });
  const template = files.get('chat_template.jinja') ?? templateOf(files.get('tokenizer_config.json'));
  if (template !== undefined) tables.set('tokenizer.chat_template', { text: template });
  return tables;
}

/** SentencePiece merges the pair whose whole scores best; the order of the merges gives every token its score. */
function scoresOf(merges: readonly string[], texts: readonly string[]): number[] {
  const first = new Map<string, number>();
  merges.forEach((merge, rank) => {
    const whole = merge.replace(' ', '');
    if (!first.has(whole)) first.set(whole, rank);
  });
  return texts.map((text) => -(first.get(text) ?? merges.length));
}

function spaceBefore(normalizer: unknown, preTokenizer: unknown): boolean {
  return JSON.stringify(normalizer ?? null).includes('"Prepend"') || /"prepend_scheme":"(always|first)"|"add_prefix_space":true/.test(JSON.stringify(preTokenizer ?? null));
}

function templateOf(json: string | undefined): string | undefined {
  const parsed = json === undefined ? undefined : v.safeParse(TokenizerConfig, JSON.parse(json));
  return parsed?.success ? parsed.output.chat_template : undefined;
}

function unsupported(what: string): StudioError {
  return new StudioError('export-unsupported', `This student has ${what}, which llama.cpp has no like of.`, {
    kept: 'Nothing was written.', remedy: 'Export it as safetensors.',
  });
}
