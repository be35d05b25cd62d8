/** The worlds' tokenizer as Hugging Face files: greedy longest match over characters and the phrases the questions repeat. */

import type { World } from '../types';
import { gains, losses, names, nouns } from './families/stories';

const special = ['<pad>', '<bos>', '<eos>', '<unk>'];
const characters = [...'\n0123456789+-*/=#,.?:%() abcdefghijklmnopqrstuvwxyz'];
const spaced = (word: string): string => ` ${word} `;

/** Phrases both worlds use. */
const shared = [
  'add ', ' and ', 'what is ', 'take ', ' from ', ' times ', 'work out ', 'solve ', 'find ', 'next: ', ' of ', ' plus ',
  ' minus ', ' has ', ' boxes of ', '. left?', ...names, ...nouns.map((noun) => ` ${noun}`), ...gains.map(spaced),
  ...losses.map(spaced), ' m ', ' cm', ' kg ', ' g', ' h ', ' min', ' in',
];

const phrases: Record<World['id'], string[]> = {
  A: [...shared, ' divided by ', 'remainder of ', ' mod ', ', then'],
  B1: [
    ...shared, ',?', 'double ', 'half of ', 'largest of ', 'smallest of ', 'round ', ' rounded', ' to tens', 'average of ',
    'digit sum of ', ' h after ', ' squared', 'perimeter ', ' by ', ' at ', 'pay ', ', pay ', '. change?', 'reverse', ' reverse',
  ],
};

/**
 * The content of `tokenizer.json`: WordPiece without prefix, normaliser or pre-tokenizer, so the longest known piece is taken
 * from the left; encoding with special tokens puts `<bos>` in front. No piece but `\n` itself holds a line break, so a question's
 * tokens do not depend on the answer after it. A text with an unknown character is one `<unk>` as a whole: so WordPiece has it.
 */
export function tokenizerJson(world: World['id']): object {
  const pieces = [...special, ...characters, ...phrases[world]];
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: special.map((content, id) => (
      { id, content, single_word: false, lstrip: false, rstrip: false, normalized: false, special: true })),
    normalizer: null,
    pre_tokenizer: null,
    post_processor: {
      type: 'TemplateProcessing',
      single: [{ SpecialToken: { id: '<bos>', type_id: 0 } }, { Sequence: { id: 'A', type_id: 0 } }],
      pair: [
        { SpecialToken: { id: '<bos>', type_id: 0 } }, { Sequence: { id: 'A', type_id: 0 } },
        { SpecialToken: { id: '<bos>', type_id: 1 } }, { Sequence: { id: 'B', type_id: 1 } },
      ],
      special_tokens: { '<bos>': { id: '<bos>', ids: [special.indexOf('<bos>')], tokens: ['<bos>'] } },
    },
    decoder: { type: 'Fuse' },
    model: {
      type: 'WordPiece',
      unk_token: '<unk>',
      continuing_subword_prefix: '',
      max_input_chars_per_word: 1_000_000,
      vocab: Object.fromEntries(pieces.map((piece, id) => [piece, id])),
    },
  };
}

/** The content of `tokenizer_config.json`, the same for every world. */
export function tokenizerConfigJson(): object {
  return {
    tokenizer_class: 'PreTrainedTokenizerFast',
    bos_token: '<bos>',
    eos_token: '<eos>',
    pad_token: '<pad>',
    unk_token: '<unk>',
    clean_up_tokenization_spaces: false,
  };
}
