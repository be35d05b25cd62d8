/** Which device runs the engine: hardware first, then the processor, whose kernels are several times faster than a software adapter. */
import type { Engine } from './device';
import { openProcessor, type ProcessorOptions } from './processor/engine';
import { findAdapter, openWebGpu } from './webgpu';

/** What a person may ask for. `cpu` is the processor's own kernels, `software` WebGPU on its software adapter. */
export const ADAPTER_CHOICES = ['best', 'cpu', 'software'] as const;
export type AdapterChoice = (typeof ADAPTER_CHOICES)[number];

/** @throws StudioError `gpu-no-adapter`, `processor-no-simd`, `processor-memory` */
export async function openEngine(choice: AdapterChoice, gpu: GPU | undefined, processor: ProcessorOptions): Promise<Engine> {
  if (choice === 'cpu') return openProcessor(processor);
  const found = await findAdapter(gpu, choice === 'software');
  if (found && (choice === 'software' || !found.software)) return openWebGpu(found);
  if (choice === 'software') return openWebGpu(undefined);
  // A browser without Wasm SIMD may still have a software adapter.
  return openProcessor(processor).catch((thrown) => (found ? openWebGpu(found) : Promise.reject(thrown)));
}
