// What every cache of model files must do, in Node, in a page and in a worker. Throws where one does not.
import type { FileCache } from '../../src/model/fileCache';

export async function checkFileCache(cache: FileCache): Promise<void> {
  const same = (what: string, found: unknown, expected: unknown) => {
    if (JSON.stringify(found) !== JSON.stringify(expected)) throw new Error(`${what}: ${JSON.stringify(found)} in place of ${JSON.stringify(expected)}`);
  };
  const path = 'hub.example/a--b/0123/model.safetensors';
  same('a file that is not there', await cache.size(path), 0);
  const first = await cache.append(path, 0);
  await first.write(Uint8Array.of(1, 2, 3, 4));
  await first.write(Uint8Array.of(5));
  await first.close();
  same('its size', await cache.size(path), 5);
  const second = await cache.append(path, 3);
  await second.write(Uint8Array.of(8, 9));
  await second.close();
  const source = await cache.open(path);
  same('a file gone on with from its third byte', [...(await source.read(0, source.size))], [1, 2, 3, 8, 9]);
  same('a part of it', [...(await source.read(1, 3))], [2, 3]);
  await cache.remove('hub.example/a--b');
  same('a folder that was removed', await cache.size(path), 0);
  const refused = await cache.append('../outside', 0).then(() => 'kept', () => 'refused');
  same('a path that leaves the folder', refused, 'refused');
}
