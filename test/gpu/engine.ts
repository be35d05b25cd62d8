/** The devices the engine's tests share: WebGPU by Dawn in Node on whatever adapter there is, and the processor. */
import { create, globals } from 'webgpu';
import { nodeProcessor } from '../../src/cli/nodeEngine';
import { openEngine } from '../../src/gpu/choose';
import type { Engine } from '../../src/gpu/device';
import { openProcessor } from '../../src/gpu/processor/engine';
import { findAdapter, openWebGpu, type WebGpuEngine } from '../../src/gpu/webgpu';

// Kept referenced: Dawn's bindings fail once the instance is collected.
let instance: GPU | undefined;
const kept = new Map<string, Promise<Engine>>();

function once<T extends Engine>(name: string, open: () => Promise<T>): Promise<T> {
  if (!kept.has(name)) kept.set(name, open());
  return kept.get(name) as Promise<T>;
}

export function dawn(): GPU {
  Object.assign(globalThis, globals);
  return (instance ??= create(process.env.STAT_ADAPTER ? [`adapter=${process.env.STAT_ADAPTER}`] : []) as unknown as GPU);
}

export function webGpuEngine(): Promise<WebGpuEngine> {
  return once('WebGPU', async () => openWebGpu(await findAdapter(dawn())));
}

export function processorEngine(): Promise<Engine> {
  return once('processor', () => openProcessor(nodeProcessor()));
}

/** What the studio would take on this machine. */
export function testEngine(): Promise<Engine> {
  return once('chosen', () => openEngine('best', dawn(), nodeProcessor()));
}

/** Each kind of device, for tests that both must pass. */
export const devices: [string, () => Promise<Engine>][] = [['WebGPU', webGpuEngine], ['the processor', processorEngine]];
