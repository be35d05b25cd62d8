/** The engine in Node, on Dawn's bindings. */
import { create, globals } from 'webgpu';
import { StudioError } from '../core/errors';
import type { Engine } from '../gpu/device';
import { openWebGpu } from '../gpu/webgpu';
import type { Given } from './command';
import type { Terminal } from './terminal';

// Our own kernels stay inside their buffers and token ids are checked, so Node goes without the bounds checks that a browser adds
// to every load: about 1.4 times the matmul rate on a software adapter.
const UNCHECKED_BOUNDS = 'enable-dawn-features=disable_robustness';

// Dawn's instance must outlive its devices, and nothing else refers to it.
let instance: GPU | undefined;

/** Opens the adapter named by `--gpu`, else the best there is, and says which it is. */
export async function openNodeEngine(given: Given, terminal: Terminal): Promise<Engine> {
  const adapterName = given.text('gpu');
  Object.assign(globalThis, globals);
  try {
    instance = create([...(adapterName === undefined ? [] : [`adapter=${adapterName}`]), UNCHECKED_BOUNDS]);
  } catch (cause) {
    // Dawn's own sentence lists the adapters there are.
    throw new StudioError('gpu-no-adapter', `No graphics adapter: ${cause instanceof Error ? cause.message : String(cause)}`, {
      remedy: 'Leave --gpu out to take the best one there is.',
      cause,
    });
  }
  const engine = await openWebGpu(instance);
  if (engine.report.software) engine.rest = sleep;
  const { description, software } = engine.report;
  terminal.note(`Adapter: ${description}${software ? ' (software: right, but slow)' : ''}`);
  return engine;
}

const bell = new Int32Array(new SharedArrayBuffer(4));

function sleep(ms: number): void {
  Atomics.wait(bell, 0, 0, Math.min(ms, 1000));
}
