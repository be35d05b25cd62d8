import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { keepKernels, keptKernels } from '../../src/cli/kernelFile';
import { adapterKey } from '../../src/gpu/kernelChoices';
import type { AdapterReport } from '../../src/gpu/device';

const adapter: AdapterReport = { vendor: 'acme', architecture: 'mark-2', description: 'Acme / Mark ..2 (R)', kind: 'hardware', features: [] };
let folder: string;
const before = process.env.STAT_CACHE;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kernels-'));
  process.env.STAT_CACHE = folder;
});
afterEach(async () => {
  if (before === undefined) delete process.env.STAT_CACHE;
  else process.env.STAT_CACHE = before;
  await rm(folder, { recursive: true, force: true });
});

it('keeps the choices of each adapter apart', async () => {
  expect(await keptKernels(adapter)).toEqual({});
  await keepKernels(adapter, { 'nt 1024 128 128': 'blocked' });
  expect(await keptKernels(adapter)).toEqual({ 'nt 1024 128 128': 'blocked' });
  expect(await keptKernels({ ...adapter, architecture: 'mark-3' })).toEqual({});
});

it.each(['', '{"nt 1 1 1":3}', '["tiled"]', `{"nt 1 1 1":"${'x'.repeat(65)}"}`])('takes a file that holds %j for none', async (text) => {
  await keepKernels(adapter, { 'nt 1 1 1': 'tiled' });
  await writeFile(join(folder, 'kernels', `${adapterKey(adapter)}.json`), text);
  expect(await keptKernels(adapter)).toEqual({});
});

it('names a file by letters, digits and dashes alone', () => {
  expect(adapterKey(adapter)).toBe('acme-mark-2-acme-mark-2-r');
  expect(adapterKey({ ...adapter, vendor: '', architecture: '', description: '../..' })).toBe('unknown');
});
