/** A tokenizer from `tokenizer.json`, by Hugging Face's own package. */
import { Tokenizer as HuggingFaceTokenizer } from '@huggingface/tokenizers';
import { StudioError } from '../core/errors';
import type { Tokenizer } from './types';

/** @throws StudioError `model-bad-tokenizer` */
export function parseTokenizer(tokenizerJson: string, tokenizerConfigJson = '{}'): Tokenizer {
  try {
    const parsed = JSON.parse(tokenizerJson) as { model?: { vocab?: object }; added_tokens?: { id: number }[] };
    const inner = new HuggingFaceTokenizer(parsed, JSON.parse(tokenizerConfigJson) as object);
    // The largest id, not the number of entries: ids index the embedding table.
    const vocab = parsed.model?.vocab ?? {};
    const listed = Array.isArray(vocab) ? [vocab.length - 1] : Object.values(vocab as Record<string, number>);
    const largest = (parsed.added_tokens ?? []).reduce((most, { id }) => Math.max(most, id), listed.reduce((a, b) => Math.max(a, b), -1));
    if (!Number.isInteger(largest)) throw new Error('token ids are not whole numbers');
    return {
      size: largest + 1,
      encode: (text) => inner.encode(text, { add_special_tokens: false }).ids,
      decode: (ids) => (ids.length === 0 ? '' : inner.decode([...ids], { skip_special_tokens: true })),
    };
  } catch (cause) {
    throw new StudioError('model-bad-tokenizer', 'tokenizer.json cannot be read.', { where: 'tokenizer.json', kept: 'Nothing was loaded.', cause });
  }
}
