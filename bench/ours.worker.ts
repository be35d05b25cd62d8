/** Our engine at the start line, in a worker as in the studio: on the adapter or on the processor. */
import { openProcessor } from '../src/gpu/processor/engine';
import { findAdapter, openWebGpu } from '../src/gpu/webgpu';
import { startThread } from '../src/worker/startThread';
import { oursStep } from './ours';
import type { Contestant } from './problem';

export type OurDevice = 'webgpu' | 'processor';
export interface Asked {
  device: OurDevice;
  what: 'step' | 'bestProduct';
}

const scope = self as unknown as DedicatedWorkerGlobalScope;
let made: Promise<Required<Contestant>> | undefined;

async function make(device: OurDevice): Promise<Required<Contestant>> {
  if (device === 'webgpu') return oursStep(await openWebGpu(await findAdapter(navigator.gpu)));
  return oursStep(await openProcessor({ threads: scope.crossOriginIsolated ? navigator.hardwareConcurrency : 1, startThread }));
}

scope.addEventListener('message', ({ data: { device, what } }: MessageEvent<Asked>) => {
  made ??= make(device);
  made.then((contestant) => contestant[what]()).then((value) => scope.postMessage({ value }), (thrown) => scope.postMessage({ error: String(thrown) }));
});
