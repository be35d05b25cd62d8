/** Bytes with their length and checksum at the end, so that a torn write is known for what it is. */

const TRAILER = 16;
const MAGIC = 0x53544154;

/** The bytes followed by a 16-byte trailer: magic, length (two words), checksum. */
export function seal(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const sealed = new Uint8Array(bytes.length + TRAILER);
  sealed.set(bytes);
  const trailer = new DataView(sealed.buffer, bytes.length, TRAILER);
  trailer.setUint32(0, MAGIC);
  trailer.setUint32(4, Math.floor(bytes.length / 2 ** 32));
  trailer.setUint32(8, bytes.length >>> 0);
  trailer.setUint32(12, checksum(bytes));
  return sealed;
}

/** The bytes without their trailer, or undefined when they are not what was written. */
export function unseal(sealed: Uint8Array): Uint8Array | undefined {
  const length = sealed.length - TRAILER;
  if (length < 0) return undefined;
  const trailer = new DataView(sealed.buffer, sealed.byteOffset + length, TRAILER);
  if (trailer.getUint32(0) !== MAGIC || trailer.getUint32(4) * 2 ** 32 + trailer.getUint32(8) !== length) return undefined;
  const bytes = sealed.subarray(0, length);
  return trailer.getUint32(12) === checksum(bytes) ? bytes : undefined;
}

/** FNV-1a, 32 bits: not against malice, only against a half-written file. */
function checksum(bytes: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < bytes.length; i++) hash = Math.imul(hash ^ bytes[i], 0x01000193);
  return hash >>> 0;
}
