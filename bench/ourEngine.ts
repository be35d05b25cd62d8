/** Our engine in a worker of the bench, opened as the studio opens it. */
import type { Engine } from '../src/gpu/device';
import { openProcessor } from '../src/gpu/processor/engine';
import { findAdapter, openWebGpu } from '../src/gpu/webgpu';
import { startThread } from '../src/worker/startThread';

export type OurDevice = 'webgpu' | 'processor';

export async function openOurs(device: OurDevice): Promise<Engine> {
  if (device === 'webgpu') return openWebGpu(await findAdapter(navigator.gpu));
  return openProcessor({ threads: self.crossOriginIsolated ? navigator.hardwareConcurrency : 1, startThread });
}
