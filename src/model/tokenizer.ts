/** A tokenizer from `tokenizer.json`, by Hugging Face's own package. */
import { Tokenizer as HuggingFaceTokenizer } from '@huggingface/tokenizers';
import { StudioError } from '../core/errors';
import type { Tokenizer } from './types';

/** @throws StudioError `model-bad-tokenizer` */
export function parseTokenizer(tokenizerJson: string, tokenizerConfigJson = '{}'): Tokenizer {
  try {
    const parsed = JSON.parse(tokenizerJson) as { model?: { vocab?: object }; added_tokens?: { id: number }[] };
    const inner = new HuggingFaceTokenizer(parsed, JSON.parse(tokenizerConfigJson) as object);
    const vocab = Array.isArray(parsed.model?.vocab) ? parsed.model.vocab.length : Object.keys(parsed.model?.vocab ?? {}).length;
    const added = (parsed.added_tokens ?? []).map(({ id }) => id + 1);
    return {
      size: Math.max(vocab, ...added),
      encode: (text) => inner.encode(text, { add_special_tokens: false }).ids,
      decode: (ids) => (ids.length === 0 ? '' : inner.decode([...ids], { skip_special_tokens: true })),
    };
  } catch (cause) {
    throw new StudioError('model-bad-tokenizer', 'tokenizer.json cannot be read.', { where: 'tokenizer.json', kept: 'Nothing was loaded.', cause });
  }
}
