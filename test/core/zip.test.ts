// @vitest-environment node
// An archive's directory leads to each file, whole; checksums as zlib counts them.
import { crc32 as expectedCrc } from 'node:zlib';
import { expect, it } from 'vitest';
import { Random } from '../../src/core/random';
import { crc32, zipPieces } from '../../src/core/zip';
import { unpacked } from './unzip';

async function* inPieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

it('holds every file under its name, whatever the pieces', async () => {
  const random = new Random(1, 'zip');
  const bytes = Uint8Array.from({ length: 5000 }, () => Math.floor(256 * random.float()));
  expect(crc32(bytes)).toBe(expectedCrc(bytes));
  const files = new Map([['README.md', inPieces(new TextEncoder().encode('# a'), 1)], ['größe.bin', inPieces(bytes, 777)], ['empty', inPieces(new Uint8Array(), 1)]]);
  const pieces: Uint8Array[] = [];
  for await (const piece of zipPieces(files)) pieces.push(piece);
  const found = unpacked(Buffer.concat(pieces));
  expect([...found.keys()]).toEqual(['README.md', 'größe.bin', 'empty']);
  expect(found.get('README.md')?.toString()).toBe('# a');
  expect(found.get('größe.bin')?.equals(Buffer.from(bytes))).toBe(true);
});

it('refuses what a plain zip cannot hold', async () => {
  const all = async () => {
    for await (const _ of zipPieces(new Map([['large', inPieces(new Uint8Array(5000), 100)]]), 4000)) continue;
  };
  await expect(all()).rejects.toMatchObject({ code: 'zip-too-large' });
});
