/** What the tuner found, a file an adapter, in the person's cache folder: nothing but time is lost with it. */
import { mkdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import type { AdapterReport } from '../gpu/device';
import type { KernelChoices } from '../gpu/graph';
import { adapterKey, readKernelChoices } from '../gpu/kernelChoices';
import { readIfThere, writeWhole } from './folders';

function fileOf(adapter: AdapterReport): string {
  const { STAT_CACHE: folder, XDG_CACHE_HOME: caches } = process.env;
  return join(folder ?? join(caches ?? join(homedir(), '.cache'), 'stat-studio'), 'kernels', `${adapterKey(adapter)}.json`);
}

/** None where nothing was tuned, or the file cannot be read as what it should be. */
export async function keptKernels(adapter: AdapterReport): Promise<KernelChoices> {
  try {
    const bytes = await readIfThere(fileOf(adapter));
    return (bytes && readKernelChoices(JSON.parse(new TextDecoder().decode(bytes)))) ?? {};
  } catch {
    return {};
  }
}

export async function keepKernels(adapter: AdapterReport, kernels: KernelChoices): Promise<void> {
  const file = fileOf(adapter);
  await mkdir(dirname(file), { recursive: true });
  await writeWhole(file, `${JSON.stringify(kernels, null, 2)}\n`);
}
