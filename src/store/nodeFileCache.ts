/** Downloaded model files in a folder of Node's. */
import { mkdir, open, rm, stat, truncate } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { StudioError } from '../core/errors';
import type { ByteSource } from '../model/byteSource';
import type { FileCache } from '../model/fileCache';
import { blobSegments } from './blobPath';
import { keeperError } from './keeperErrors';

export function nodeFileCache(folder: string): FileCache {
  const at = (path: string) => join(folder, ...blobSegments(path));
  const size = async (path: string) => (await stat(at(path)).catch(() => undefined))?.size ?? 0;
  return {
    size,
    async append(path, from) {
      try {
        await mkdir(dirname(at(path)), { recursive: true });
        const file = await open(at(path), 'a');
        await truncate(at(path), from);
        return {
          write: async (bytes) => {
            await file.write(bytes).catch((thrown: unknown) => {
              throw keeperError(thrown, path);
            });
          },
          close: () => file.close(),
        };
      } catch (thrown) {
        throw keeperError(thrown, path);
      }
    },
    open: async (path) => fileSource(at(path), await size(path)),
    remove: (path) => rm(at(path), { recursive: true, force: true }),
  };
}

/** A file on disk, opened for each reading: nothing is kept open, however long it is used. */
export function fileSource(path: string, size: number): ByteSource {
  return {
    size,
    async read(from, to) {
      const bytes = new Uint8Array(to - from);
      const file = await open(path, 'r').catch((cause: unknown) => {
        throw new StudioError('cli-cannot-read', `"${path}" cannot be read any more.`, { cause });
      });
      try {
        for (let done = 0; done < bytes.length;) {
          const { bytesRead } = await file.read(bytes, done, bytes.length - done, from + done);
          if (bytesRead === 0) throw new StudioError('cli-cannot-read', `"${path}" became shorter while it was read.`);
          done += bytesRead;
        }
      } finally {
        await file.close();
      }
      return bytes;
    },
  };
}
