/** A tokenizer from `tokenizer.json`, by Hugging Face's own package. */
import { Tokenizer as HuggingFaceTokenizer } from '@huggingface/tokenizers';
import { StudioError } from '../core/errors';
import type { Tokenizer } from './types';

/** Largest token id that is believed: ids index a table that is made. */
const LARGEST_ID = 1 << 24;

/** @throws StudioError `model-bad-tokenizer` */
export function parseTokenizer(tokenizerJson: string, tokenizerConfigJson = '{}', from = 'tokenizer.json'): Tokenizer {
  try {
    const parsed = JSON.parse(tokenizerJson) as { model?: { vocab?: object }; added_tokens?: { id: number }[]; post_processor?: unknown; pre_tokenizer?: unknown };
    parsed.pre_tokenizer = withAllDigits(parsed.pre_tokenizer);
    const config = JSON.parse(tokenizerConfigJson) as object;
    const size = largestId(parsed) + 1;
    const inner = new HuggingFaceTokenizer(parsed, config);
    const encode = (text: string, special: boolean) => inner.encode(text, { add_special_tokens: special }).ids;
    return {
      size,
      encode: (text) => encode(text, false),
      encodeSpecial: (text) => encode(text, true),
      startIds: parsed.post_processor ? startOf(encode) : undefined,
      idOf: (token) => inner.token_to_id(token),
      piece: (id) => inner.id_to_token(id),
      decode: (ids, keepSpecial = false) => (ids.length === 0 ? '' : inner.decode([...ids], { skip_special_tokens: !keepSpecial })),
    };
  } catch (cause) {
    throw new StudioError('model-bad-tokenizer', `The tokenizer in ${from} cannot be read.`, { where: from, kept: 'Nothing was loaded.', cause });
  }
}

/** The largest id, not the number of entries: ids index the embedding table. */
function largestId({ model, added_tokens: added }: { model?: { vocab?: object }; added_tokens?: { id: number }[] }): number {
  const vocab = model?.vocab ?? {};
  const listed = Array.isArray(vocab) ? [vocab.length - 1] : Object.values(vocab as Record<string, number>);
  const largest = (added ?? []).reduce((most, { id }) => Math.max(most, id), listed.reduce((a, b) => Math.max(a, b), -1));
  if (!Number.isInteger(largest) || largest > LARGEST_ID) throw new Error('token ids are not whole numbers of a usual size');
  return largest;
}

/** What stands before a text when special tokens are asked for: all ids before those of the text itself. */
function startOf(encode: (text: string, special: boolean) => number[]): number[] {
  const text = 'a';
  const [plain, full] = [encode(text, false), encode(text, true)];
  for (let at = 0; at + plain.length <= full.length; at++) if (plain.every((id, i) => full[at + i] === id)) return full.slice(0, at);
  return [];
}

interface PreTokenizer {
  type?: string;
  individual_digits?: boolean;
  pretokenizers?: unknown[];
}

/** The package's `Digits` knows 0–9 only; the original cuts at every numeric character (½, ², Ⅷ), as this pattern does. */
function withAllDigits(given: unknown): unknown {
  const part = given as PreTokenizer | null;
  if (part?.type === 'Sequence') return { ...part, pretokenizers: part.pretokenizers?.map(withAllDigits) };
  if (part?.type !== 'Digits') return given;
  return { type: 'Split', pattern: { Regex: part.individual_digits ? '\\p{N}' : '\\p{N}+' }, behavior: 'Isolated', invert: false };
}
