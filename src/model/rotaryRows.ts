/** Query and key rows in the two orders of rotary positions: pairs side by side (Meta, llama2.c, GGUF), or half and half (Hugging Face). */
import type { RowOrder } from './tensorSource';

/** Where row r of Hugging Face's matrix lies in one with its pairs side by side. @param rows of all heads together */
export function turnedRows(rows: number, heads: number): RowOrder {
  const size = rows / heads;
  const half = size / 2;
  return (row) => {
    const within = row % size;
    return row - within + 2 * (within % half) + Math.floor(within / half);
  };
}
