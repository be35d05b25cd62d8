/** The engine the GPU tests share: Dawn in Node, on whatever adapter there is. */
import { create, globals } from 'webgpu';
import { openWebGpu, type WebGpuEngine } from '../../src/gpu/webgpu';

Object.assign(globalThis, globals);
// Kept referenced: Dawn's bindings fail once the instance is collected.
const gpu = create(process.env.STAT_ADAPTER ? [`adapter=${process.env.STAT_ADAPTER}`] : []);
let opened: Promise<WebGpuEngine> | undefined;

export function testEngine(): Promise<WebGpuEngine> {
  return (opened ??= openWebGpu(gpu as unknown as GPU));
}
