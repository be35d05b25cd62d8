/** Files a person brought, copied into the file cache a piece at a time. A list, written last, says that all of them are there. */
import * as v from 'valibot';
import { StudioError } from '../core/errors';
import { hashText } from '../core/hash';
import { readText, type ByteSource, type SourceFiles } from '../model/byteSource';
import type { FileCache } from '../model/fileCache';

const LIST = 'files.json';
const MOST_FILES = 1000;
const MOST_BYTES = 2 ** 36;
const PIECE = 1 << 22;
const SAMPLES = 16;
const SAMPLE = 1 << 12;

const List = v.pipe(
  v.array(v.object({ name: v.pipe(v.string(), v.maxLength(500)), size: v.pipe(v.number(), v.integer(), v.minValue(0)) })),
  v.minLength(1), v.maxLength(MOST_FILES),
);

/** @throws StudioError `student-too-large` */
export function checkBounds(files: SourceFiles): void {
  const bytes = [...files.values()].reduce((sum, { size }) => sum + size, 0);
  if (files.size <= MOST_FILES && bytes <= MOST_BYTES) return;
  throw new StudioError('student-too-large', `These are ${files.size} files of ${(bytes / 1e9).toFixed(1)} GB together, more than a student has.`, {
    kept: 'Nothing was kept.', remedy: 'Choose the folder or the file of one model.',
  });
}

/** Equal files give equal keys: from their names, sizes, and samples spread over each. Not against malice. */
export async function keyOfFiles(files: SourceFiles): Promise<string> {
  const parts: string[] = [];
  for (const [name, source] of [...files].sort(([a], [b]) => (a < b ? -1 : 1))) {
    parts.push(`${name}:${source.size}`);
    for (let i = 0; i < SAMPLES; i++) {
      const from = Math.floor((i * Math.max(0, source.size - SAMPLE)) / (SAMPLES - 1));
      parts.push(hashText(String.fromCharCode(...(await source.read(from, Math.min(source.size, from + SAMPLE))))));
    }
  }
  return hashText(parts.join('\n'));
}

/**
 * Copies the files into `folder`. Whatever stops it, nothing of them stays behind.
 * @param onFile is told the file at work and the bytes copied of all.
 * @throws StudioError `store-full`; the signal's reason when it aborts.
 */
export async function keepFiles(
  folder: string, files: SourceFiles, cache: FileCache, onFile: (name: string, done: number) => void, signal?: AbortSignal,
): Promise<void> {
  try {
    let done = 0;
    for (const [i, [name, source]] of [...files].entries()) {
      const sink = await cache.append(`${folder}/${i}`, 0);
      try {
        for (let from = 0; from < source.size; from += PIECE) {
          signal?.throwIfAborted();
          await sink.write(await source.read(from, Math.min(source.size, from + PIECE)));
          onFile(name, done + Math.min(source.size, from + PIECE));
        }
      } finally {
        await sink.close();
      }
      done += source.size;
    }
    const list = await cache.append(`${folder}/${LIST}`, 0);
    await list.write(new TextEncoder().encode(JSON.stringify([...files].map(([name, { size }]) => ({ name, size })))));
    await list.close();
  } catch (thrown) {
    await cache.remove(folder);
    throw thrown;
  }
}

/** The files kept in `folder` by their own names; undefined where they are not all there. */
export async function keptFiles(folder: string, cache: FileCache): Promise<Map<string, ByteSource> | undefined> {
  if ((await cache.size(`${folder}/${LIST}`)) === 0) return undefined;
  const list = v.safeParse(List, JSON.parse(await readText(await cache.open(`${folder}/${LIST}`), LIST, 1 << 20)));
  if (!list.success) return undefined;
  const files = new Map<string, ByteSource>();
  for (const [i, { name, size }] of list.output.entries()) {
    if ((await cache.size(`${folder}/${i}`)) !== size) return undefined;
    files.set(name, await cache.open(`${folder}/${i}`));
  }
  return files;
}
