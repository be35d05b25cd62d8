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
