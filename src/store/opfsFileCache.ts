/** Downloaded model files in the browser's private file system, read from there without being copied into memory. */
import type { FileCache, FileSink } from '../model/fileCache';
import { blobSegments } from './blobPath';
import { keeperError } from './keeperErrors';

/** @param folder under the origin's private files. */
export function opfsFileCache(folder: string): FileCache & { /** The file itself, without reading it. */ blob(path: string): Promise<Blob> } {
  async function directory(segments: string[], create: boolean): Promise<FileSystemDirectoryHandle> {
    let at = await (await navigator.storage.getDirectory()).getDirectoryHandle(folder, { create: true });
    for (const segment of segments) at = await at.getDirectoryHandle(segment, { create });
    return at;
  }

  async function handle(path: string, create: boolean): Promise<FileSystemFileHandle> {
    const segments = blobSegments(path);
    return (await directory(segments.slice(0, -1), create)).getFileHandle(segments[segments.length - 1], { create });
  }

  const file = async (path: string) => (await handle(path, false)).getFile();
  return {
    size: async (path) => (await file(path).catch(() => undefined))?.size ?? 0,
    async append(path, at) {
      try {
        return await sinkOf(await handle(path, true), at, path);
      } catch (thrown) {
        throw keeperError(thrown, path);
      }
    },
    blob: file,
    async open(path) {
      const kept = await file(path);
      return { size: kept.size, read: async (from, to) => new Uint8Array(await kept.slice(from, to).arrayBuffer()) };
    },
    async remove(path) {
      const segments = blobSegments(path);
      const parent = await directory(segments.slice(0, -1), false).catch(() => undefined);
      await parent?.removeEntry(segments[segments.length - 1], { recursive: true }).catch(() => {});
    },
  };
}

/** In a worker bytes are kept as they are written; elsewhere only when the file is closed. */
async function sinkOf(handle: FileSystemFileHandle, at: number, path: string): Promise<FileSink> {
  const kept = async (work: () => unknown): Promise<void> => {
    try {
      await work();
    } catch (thrown) {
      throw keeperError(thrown, path);
    }
  };
  if (typeof handle.createSyncAccessHandle === 'function') {
    const access = await handle.createSyncAccessHandle();
    access.truncate(at);
    let next = at;
    return {
      write: (bytes) => kept(() => (next += access.write(bytes as Uint8Array<ArrayBuffer>, { at: next }))),
      close: () => kept(() => {
        access.flush();
        access.close();
      }),
    };
  }
  const stream = await handle.createWritable({ keepExistingData: true });
  await stream.truncate(at);
  await stream.seek(at);
  return { write: (bytes) => kept(() => stream.write(bytes as Uint8Array<ArrayBuffer>)), close: () => kept(() => stream.close()) };
}
