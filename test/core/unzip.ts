// Reads a zip archive as unpackers do, from its directory, and checks every sum with zlib.
import { crc32 as expectedCrc } from 'node:zlib';
import { expect } from 'vitest';

/** The files of an archive by name. */
export function unpacked(zip: Buffer): Map<string, Buffer> {
  const end = zip.length - 22;
  expect(zip.readUInt32LE(end)).toBe(0x06054b50);
  const files = new Map<string, Buffer>();
  let at = zip.readUInt32LE(end + 16);
  for (let i = 0; i < zip.readUInt16LE(end + 10); i++) {
    expect(zip.readUInt32LE(at)).toBe(0x02014b50);
    const [crc, size, names, offset] = [zip.readUInt32LE(at + 16), zip.readUInt32LE(at + 24), zip.readUInt16LE(at + 28), zip.readUInt32LE(at + 42)];
    const name = zip.toString('utf8', at + 46, at + 46 + names);
    expect(zip.readUInt32LE(offset)).toBe(0x04034b50);
    const data = offset + 30 + zip.readUInt16LE(offset + 26) + zip.readUInt16LE(offset + 28);
    expect(expectedCrc(zip.subarray(data, data + size))).toBe(crc);
    files.set(name, zip.subarray(data, data + size));
    at += 46 + names;
  }
  expect(at).toBe(end);
  return files;
}
