/** Logits exist for a chunk of rows at a time: how large the chunk is. */
import { expect, it } from 'vitest';
import { chunkRows } from '../../src/gpu/ops/crossEntropy';

it('takes all rows at once within 4 MB, and beyond that no more for more tokens, nor for a larger vocabulary but 64 rows of it', () => {
  expect(chunkRows(1024, 512)).toBe(1024);
  expect(chunkRows(130, 512)).toBe(130);
  for (const vocab of [37, 512, 4096, 16_384, 49_152, 151_936]) {
    const rows = chunkRows(1 << 20, vocab);
    expect(rows % 64).toBe(0);
    expect(rows === 64 || 4 * rows * vocab <= 1 << 22).toBe(true);
    expect(chunkRows(1 << 21, vocab)).toBe(rows);
  }
});

it('lets logits be as large as a trained head, so that it goes by seldom, and no larger than what every adapter binds', () => {
  expect(chunkRows(1024, 151_936)).toBe(64);
  expect(chunkRows(1024, 151_936, 151_936 * 128)).toBe(128);
  expect(chunkRows(1024, 32_768, 32_768 * 64)).toBe(64);
  for (const vocab of [49_152, 151_936, 262_144]) {
    const rows = chunkRows(1 << 20, vocab, vocab * 2048);
    expect(4 * rows * vocab).toBeLessThanOrEqual(2 ** 27);
    expect(4 * (rows + 64) * vocab).toBeGreaterThan(2 ** 27);
  }
});
