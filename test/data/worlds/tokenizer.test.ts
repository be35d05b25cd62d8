/** The worlds' tokenizer files, read by the tokenizer library a person would use. */

import { Tokenizer } from '@huggingface/tokenizers';
import { describe, expect, it } from 'vitest';
import { tokenizerConfigJson, worlds } from '../../../src/data/worlds';

const rowsChecked = 2000;

describe.each(worlds)('tokenizer of world $id', (world) => {
  const tokenizer = new Tokenizer(world.tokenizerJson(), tokenizerConfigJson());
  const { pool, test, outOfDistribution } = world.splits(0);
  const rows = [...test, ...Object.values(outOfDistribution).flat(), ...pool.filter((_, i) => i % 7 === 0)].slice(0, rowsChecked);
  const encode = (text: string): number[] => tokenizer.encode(text, { add_special_tokens: false }).ids;

  it('numbers its pieces without a gap, special tokens first, a multiple of four in all', () => {
    const { model } = world.tokenizerJson() as { model: { vocab: Record<string, number> } };
    const pieces = Object.entries(model.vocab).sort((a, b) => a[1] - b[1]);
    expect(pieces.map(([, id]) => id)).toEqual(pieces.map((_, i) => i));
    expect(pieces.slice(0, 3).map(([piece]) => piece)).toEqual(['<pad>', '<bos>', '<eos>']);
    expect(pieces.length % 4).toBe(0);
  });

  it('gives every text back exactly, line breaks and spaces included', () => {
    expect(rows).toHaveLength(rowsChecked);
    const unknown = tokenizer.token_to_id('<unk>');
    for (const { question, answer } of rows) {
      const text = `${question}\n${answer}`;
      const ids = encode(text);
      expect(ids).not.toContain(unknown);
      expect(tokenizer.decode(ids)).toBe(text);
    }
    expect(tokenizer.decode(encode(' a  b\n\n c '))).toBe(' a  b\n\n c ');
  });

  it('cuts a question the same way whatever answer follows', () => {
    for (const { question, answer } of rows.slice(0, 300)) {
      expect(encode(`${question}\n${answer}`)).toEqual([...encode(`${question}\n`), ...encode(answer)]);
    }
  });

  it('needs 26 to 28.5 tokens a training row and never more than 72', () => {
    const lengths = pool.filter((_, i) => i % 9 === 0).map(({ question, answer }) => encode(`${question}\n${answer}`).length + 2);
    const mean = lengths.reduce((sum, n) => sum + n, 0) / lengths.length;
    expect(mean).toBeGreaterThan(26);
    expect(mean).toBeLessThan(28.5);
    expect(Math.max(...lengths)).toBeLessThanOrEqual(72);
  });

  it('puts <bos> in front when asked for special tokens', () => {
    expect(tokenizer.encode('1+1').ids).toEqual([1, ...encode('1+1')]);
    expect(tokenizer.decode([1, ...encode('1+1'), 2], { skip_special_tokens: true })).toBe('1+1');
  });
});
