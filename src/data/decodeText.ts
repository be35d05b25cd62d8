/** Bytes to text: strict UTF-8, one kind of line end, no byte-order mark. */
import { StudioError } from '../core/errors';
import { limits, sizeText } from './problems';

/** Throws `data-empty-file`, `data-file-too-large` or `data-not-utf8` (with the line and byte of the first bad one). */
export function decodeText(bytes: Uint8Array, name: string): string {
  if (bytes.length > limits.fileBytes) {
    throw new StudioError('data-file-too-large',
      `The file ${name} is ${sizeText(bytes.length)}; at most ${sizeText(limits.fileBytes)} can be imported.`,
      { kept: 'Nothing was imported.', remedy: 'Split it, or take a sample of its rows.' });
  }
  const text = decode(bytes, name).replace(/\r\n?/g, '\n');
  if (text.trim() === '') {
    throw new StudioError('data-empty-file', `The file ${name} is empty.`, {
      kept: 'Nothing was imported.', remedy: 'Choose a JSONL or CSV file with questions and answers.',
    });
  }
  return text;
}

function decode(bytes: Uint8Array, name: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    const offset = firstBadByte(bytes);
    let line = 1;
    for (let i = 0; i < offset; i++) if (bytes[i] === 10) line++;
    const utf16 = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
    const byte = (bytes[offset] ?? 0).toString(16).padStart(2, '0');
    throw new StudioError('data-not-utf8', utf16
      ? `The file ${name} is UTF-16 text, not UTF-8.`
      : `The file ${name} is not UTF-8 text: line ${line} has a byte 0x${byte} that does not fit.`,
    { where: `byte ${offset}`, kept: 'Nothing was imported.', remedy: 'Save it again as UTF-8.', cause });
  }
}

/** Offset of the first byte that is not UTF-8 (Unicode 15, table 3-7). */
function firstBadByte(bytes: Uint8Array): number {
  let i = 0;
  while (i < bytes.length) {
    const length = sequenceLength(bytes, i);
    if (length === 0) return i;
    i += length;
  }
  return i;
}

function sequenceLength(bytes: Uint8Array, at: number): number {
  const first = bytes[at];
  if (first < 0x80) return 1;
  const length = first >= 0xc2 && first < 0xe0 ? 2 : first >= 0xe0 && first < 0xf0 ? 3 : first >= 0xf0 && first < 0xf5 ? 4 : 0;
  for (let k = 1; k < length; k++) {
    const next = bytes[at + k] ?? 0;
    const low = k > 1 ? 0x80 : first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
    const high = k > 1 ? 0xbf : first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
    if (next < low || next > high) return 0;
  }
  return length;
}
