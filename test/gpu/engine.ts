/** The engine the GPU tests share: Dawn in Node, on whatever adapter there is. */
import { create, globals } from 'webgpu';
import { openEngine, type Engine } from '../../src/gpu/device';

Object.assign(globalThis, globals);
// Kept referenced: Dawn's bindings fail once the instance is collected.
const gpu = create(process.env.STAT_ADAPTER ? [`adapter=${process.env.STAT_ADAPTER}`] : []);
let opened: Promise<Engine> | undefined;

export function testEngine(): Promise<Engine> {
  return (opened ??= openEngine(gpu as unknown as GPU));
}
