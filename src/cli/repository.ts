/** Students named as Hugging Face repositories: fetched into a folder of this machine, once. */
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { ByteSource } from '../model/byteSource';
import { loadRepository } from '../model/loadRepository';
import { nodeFileCache } from '../store/nodeFileCache';
import { openTerminal } from './terminal';

const MEGABYTE = 1e6;

/**
 * As Hugging Face's own tools have it, HF_ENDPOINT is the hub's address and HF_TOKEN an access token, which is written nowhere.
 * The files are kept under STAT_CACHE, else under the person's cache folder.
 */
export async function repositorySources(name: string): Promise<Map<string, ByteSource>> {
  const { HF_ENDPOINT: hub, HF_TOKEN: token, STAT_CACHE: folder, XDG_CACHE_HOME: caches } = process.env;
  const terminal = openTerminal(process.stderr);
  return loadRepository(name, {
    cache: nodeFileCache(folder ?? join(caches ?? join(homedir(), '.cache'), 'stat-studio', 'models')),
    hub: hub || undefined, token: token || undefined,
    onProgress: ({ file, done, total }) => terminal.progress(`${file}  ${(done / MEGABYTE).toFixed(1)} of ${(total / MEGABYTE).toFixed(1)} MB`),
  });
}
