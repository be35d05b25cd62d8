/** A zip archive written as its files come, stored without compression (PKWARE APPNOTE 6.3.10, without Zip64: up to 4 GB). */
import { StudioError } from './errors';

const MOST = 2 ** 32 - 1;
const UTF8_AND_DESCRIPTOR = 0x0808;
const VERSION = 20;
/** 1 January 1980, the first day there is: equal files give equal archives. */
const DATE = 0x21;

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let rest = byte;
  for (let bit = 0; bit < 8; bit++) rest = rest & 1 ? (rest >>> 1) ^ 0xedb88320 : rest >>> 1;
  return rest;
});

/** CRC-32 (ISO 3309) of what came before, `crc`, and these bytes. */
export function crc32(bytes: Uint8Array, crc = 0): number {
  let rest = ~crc;
  for (let i = 0; i < bytes.length; i++) rest = TABLE[(rest ^ bytes[i]) & 255] ^ (rest >>> 8);
  return ~rest >>> 0;
}

interface Entry {
  name: Uint8Array;
  at: number;
  crc: number;
  size: number;
}

/**
 * The bytes of an archive, in order. Each file is read once, when its turn comes.
 * @param most bytes in all.
 * @throws StudioError `zip-too-large`
 */
export async function* zipPieces(files: ReadonlyMap<string, AsyncIterable<Uint8Array>>, most = MOST): AsyncGenerator<Uint8Array> {
  const entries: Entry[] = [];
  let at = 0;
  const counted = (bytes: Uint8Array): Uint8Array => {
    at += bytes.length;
    if (at <= most) return bytes;
    throw new StudioError('zip-too-large', 'A zip file holds at most 4 GB, and this is more.', {
      kept: 'Nothing was written.', remedy: 'Save to a folder, or choose a smaller format.',
    });
  };
  for (const [file, pieces] of files) {
    const entry: Entry = { name: new TextEncoder().encode(file), at, crc: 0, size: 0 };
    yield counted(fields([[4, 0x04034b50], ...common(0, 0), [2, entry.name.length], [2, 0]], entry.name));
    for await (const piece of pieces) {
      entry.crc = crc32(piece, entry.crc);
      entry.size += piece.length;
      yield counted(piece);
    }
    yield counted(fields([[4, 0x08074b50], [4, entry.crc], [4, entry.size], [4, entry.size]]));
    entries.push(entry);
  }
  const start = at;
  for (const { name, at: offset, crc, size } of entries) {
    yield counted(fields([[4, 0x02014b50], [2, VERSION], ...common(crc, size), [2, name.length], [2, 0], [2, 0], [2, 0], [2, 0], [4, 0], [4, offset]], name));
  }
  yield counted(fields([[4, 0x06054b50], [2, 0], [2, 0], [2, entries.length], [2, entries.length], [4, at - start], [4, start], [2, 0]]));
}

/** Version needed, flags, method, time, date, checksum and both sizes. */
function common(crc: number, size: number): [bytes: 2 | 4, value: number][] {
  return [[2, VERSION], [2, UTF8_AND_DESCRIPTOR], [2, 0], [2, 0], [2, DATE], [4, crc], [4, size], [4, size]];
}

function fields(values: readonly (readonly [bytes: 2 | 4, value: number])[], tail: Uint8Array = new Uint8Array()): Uint8Array {
  const length = values.reduce((sum, [bytes]) => sum + bytes, 0);
  const out = new Uint8Array(length + tail.length);
  const view = new DataView(out.buffer);
  let at = 0;
  for (const [bytes, value] of values) {
    if (bytes === 2) view.setUint16(at, value, true);
    else view.setUint32(at, value, true);
    at += bytes;
  }
  out.set(tail, at);
  return out;
}
