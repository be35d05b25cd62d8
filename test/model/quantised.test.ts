/** Every quantised format against the values of the `gguf` package (test/interop/quantisedBlocks.py), bit for bit. */
import { expect, it } from 'vitest';
import { decodeNumbers } from '../../src/model/numberFormats';
import type { NumberFormat } from '../../src/model/types';
import golden from '../golden/quantised.json';

const bytes = (base64: string) => Uint8Array.from(Buffer.from(base64, 'base64'));
const { madeBy: _, ...formats } = golden;

it.each(Object.entries(formats))('%s', (format, expected) => {
  const values = decodeNumbers(format as NumberFormat, bytes(expected.bytes));
  expect([...values]).toEqual([...new Float32Array(bytes(expected.values).buffer)]);
});
