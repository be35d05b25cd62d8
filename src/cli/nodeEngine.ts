/** The engine in Node, on Dawn's bindings. */
import { create, globals } from 'webgpu';
import { StudioError } from '../core/errors';
import { openEngine, type Engine } from '../gpu/device';
import type { Given } from './command';
import type { Terminal } from './terminal';

// Dawn's instance must outlive its devices, and nothing else refers to it.
let instance: GPU | undefined;

/** Opens the adapter named by `--adapter`, else the best there is, and says which it is. */
export async function openNodeEngine(given: Given, terminal: Terminal): Promise<Engine> {
  const adapterName = given.text('adapter');
  Object.assign(globalThis, globals);
  try {
    instance = create(adapterName === undefined ? [] : [`adapter=${adapterName}`]);
  } catch (cause) {
    // Dawn's own sentence lists the adapters there are.
    throw new StudioError('gpu-no-adapter', `No graphics adapter: ${cause instanceof Error ? cause.message : String(cause)}`, {
      remedy: 'Leave --adapter out to take the best one there is.',
      cause,
    });
  }
  const engine = await openEngine(instance);
  const { description, software } = engine.report;
  terminal.note(`Adapter: ${description}${software ? ' (software: right, but slow)' : ''}`);
  return engine;
}
