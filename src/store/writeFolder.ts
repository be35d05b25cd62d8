/** Files into a folder that a person gave this page: each whole or not at all. */
import { keeperError } from './keeperErrors';

/** @throws StudioError `store-full`; what `pieces` throws */
export async function writeInto(folder: FileSystemDirectoryHandle, name: string, pieces: AsyncIterable<Uint8Array>): Promise<void> {
  const stream = await opened(folder, name);
  try {
    for await (const piece of pieces) {
      await stream.write(piece as Uint8Array<ArrayBuffer>);
    }
    await stream.close();
  } catch (thrown) {
    await stream.abort().catch(() => {});
    throw thrown instanceof DOMException && thrown.name !== 'AbortError' ? keeperError(thrown, name) : thrown;
  }
}

async function opened(folder: FileSystemDirectoryHandle, name: string): Promise<FileSystemWritableFileStream> {
  try {
    return await (await folder.getFileHandle(name, { create: true })).createWritable();
  } catch (thrown) {
    throw keeperError(thrown, name);
  }
}
