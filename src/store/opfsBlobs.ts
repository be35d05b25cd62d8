/**
 * Binary files in the browser's private file system. Old Safari has no `move`, so a write never replaces a file:
 * it adds a version `name~n` that ends in a checksum, then removes the older ones. A torn version fails its check
 * and the one before it is read.
 */
import { blobSegments } from './blobPath';
import { seal, unseal } from './sealedBytes';
import { keeperError } from './keeperErrors';
import type { Blobs } from './types';

/** Files under the folder `folder` of the origin's private file system, from a page or a worker. */
export function opfsBlobs(folder: string): Blobs {
  const root = async () => (await navigator.storage.getDirectory()).getDirectoryHandle(folder, { create: true });

  async function directoryOf(path: string, create: boolean): Promise<{ directory?: FileSystemDirectoryHandle; name: string }> {
    const segments = blobSegments(path);
    let directory = await root();
    for (const segment of segments.slice(0, -1)) {
      try {
        directory = await directory.getDirectoryHandle(segment, { create });
      } catch (thrown) {
        if (isMissing(thrown)) return { name: segments[segments.length - 1] };
        throw thrown;
      }
    }
    return { directory, name: segments[segments.length - 1] };
  }

  async function readBlob(path: string): Promise<Uint8Array | undefined> {
    const { directory, name } = await directoryOf(path, false);
    if (!directory) return undefined;
    for (const version of (await versionsOf(directory, name)).reverse()) {
      try {
        const file = await (await directory.getFileHandle(`${name}~${version}`)).getFile();
        const bytes = unseal(new Uint8Array(await file.arrayBuffer()));
        if (bytes) return bytes;
      } catch (thrown) {
        if (!isMissing(thrown)) throw thrown; // removed by a newer write since it was listed
      }
    }
    return undefined;
  }

  async function writeBlob(path: string, bytes: Uint8Array): Promise<void> {
    try {
      const { directory, name } = await directoryOf(path, true);
      if (!directory) return;
      const versions = await versionsOf(directory, name);
      const next = (versions.at(-1) ?? 0) + 1;
      await writeFile(await directory.getFileHandle(`${name}~${next}`, { create: true }), seal(bytes));
      for (const old of versions) await removeEntry(directory, `${name}~${old}`);
    } catch (thrown) {
      throw keeperError(thrown, path);
    }
  }

  async function removeBlob(path: string): Promise<void> {
    const { directory, name } = await directoryOf(path, false);
    if (!directory) return;
    for (const version of (await versionsOf(directory, name)).reverse()) await removeEntry(directory, `${name}~${version}`);
  }

  async function listBlobs(prefix: string): Promise<string[]> {
    const found = new Set<string>();
    await walk(await root(), '', found);
    return [...found].filter((path) => path.startsWith(prefix)).sort();
  }

  return { readBlob, writeBlob, removeBlob, listBlobs };
}

/** Version numbers of a file, ascending. */
async function versionsOf(directory: FileSystemDirectoryHandle, name: string): Promise<number[]> {
  const versions: number[] = [];
  for await (const entry of directory.keys()) {
    if (entry.startsWith(`${name}~`)) versions.push(Number(entry.slice(name.length + 1)));
  }
  return versions.filter(Number.isInteger).sort((a, b) => a - b);
}

async function walk(directory: FileSystemDirectoryHandle, path: string, found: Set<string>): Promise<void> {
  for await (const [name, handle] of directory.entries()) {
    if (handle.kind === 'directory') await walk(handle as FileSystemDirectoryHandle, `${path}${name}/`, found);
    else found.add(path + name.slice(0, name.lastIndexOf('~')));
  }
}

async function writeFile(handle: FileSystemFileHandle, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
  if (typeof handle.createSyncAccessHandle === 'function') {
    const access = await handle.createSyncAccessHandle();
    try {
      access.truncate(0);
      access.write(bytes, { at: 0 });
      access.flush();
    } finally {
      access.close();
    }
    return;
  }
  const stream = await handle.createWritable();
  await stream.write(bytes);
  await stream.close();
}

async function removeEntry(directory: FileSystemDirectoryHandle, name: string): Promise<void> {
  try {
    await directory.removeEntry(name);
  } catch (thrown) {
    if (!isMissing(thrown)) throw thrown;
  }
}

function isMissing(thrown: unknown): boolean {
  return thrown instanceof DOMException && thrown.name === 'NotFoundError';
}
