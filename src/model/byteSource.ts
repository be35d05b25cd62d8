/** A file as a range of bytes to be read on demand: in memory, a Blob (a dropped file, a file of the browser's own system), a Node file. */
import { StudioError } from '../core/errors';

export interface ByteSource {
  /** Bytes in all. */
  readonly size: number;
  /** Bytes [from, to), 0 ≤ from ≤ to ≤ size. */
  read(from: number, to: number): Promise<Uint8Array>;
}

/** Files of a student by name. */
export type SourceFiles = ReadonlyMap<string, ByteSource>;

export function memorySource(bytes: Uint8Array): ByteSource {
  return { size: bytes.length, read: async (from, to) => bytes.subarray(from, to) };
}

/** A Blob or File: its bytes stay where they are until they are asked for. */
export function blobSource(blob: Blob): ByteSource {
  return { size: blob.size, read: async (from, to) => new Uint8Array(await blob.slice(from, to).arrayBuffer()) };
}

export function memorySources(files: ReadonlyMap<string, Uint8Array>): Map<string, ByteSource> {
  return new Map([...files].map(([name, bytes]) => [name, memorySource(bytes)]));
}

/**
 * A whole small file as text.
 * @throws StudioError `model-file-too-large`, `model-bad-text` naming the file.
 */
export async function readText(source: ByteSource, file: string, most: number): Promise<string> {
  if (source.size > most) {
    throw new StudioError('model-file-too-large', `${file} has ${source.size} bytes; a file of its kind has at most ${most}.`, {
      where: file, kept: 'Nothing was loaded.', remedy: 'Choose the file that the model was published with.',
    });
  }
  const bytes = await source.read(0, source.size);
  if (isPointer(bytes)) throw pointerError('model-bad-text', file);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new StudioError('model-bad-text', `${file} is not UTF-8 text.`, { where: file, kept: 'Nothing was loaded.', cause });
  }
}

/** Whether a file begins as the text that Git LFS leaves in place of a large file. */
export function isPointer(start: Uint8Array): boolean {
  return new TextDecoder().decode(start.subarray(0, 40)).startsWith('version https://git-lfs');
}

export function pointerError(code: string, file: string): StudioError {
  return new StudioError(code, 'This is a Git LFS pointer, not the file itself.', {
    where: file, kept: 'Nothing was loaded.', remedy: 'Fetch the file itself, by "git lfs pull" or from the model’s page.',
  });
}
