// @vitest-environment node
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'vitest';
import { nodeFileCache } from '../../src/store/nodeFileCache';
import { checkFileCache } from './fileCacheCheck';

it('model files are kept in a folder, gone on with and removed', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'stat-files-'));
  await checkFileCache(nodeFileCache(folder)).finally(() => rm(folder, { recursive: true, force: true }));
});
