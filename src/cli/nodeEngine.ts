/** The engine in Node: Dawn's bindings where there is a hardware adapter, else the processor. */
import { availableParallelism, totalmem } from 'node:os';
import { setFlagsFromString } from 'node:v8';
import { Worker } from 'node:worker_threads';
import { create, globals } from 'webgpu';
import { StudioError } from '../core/errors';
import { openEngine } from '../gpu/choose';
import type { Engine } from '../gpu/device';
import type { ProcessorOptions } from '../gpu/processor/engine';
import { takesRelaxedSimd } from '../gpu/processor/kernelModule';
import { startKernels, type ThreadStart } from '../gpu/processor/serve';
import { findAdapter, openWebGpu } from '../gpu/webgpu';
import type { Given } from './command';
import { keptKernels } from './kernelFile';
import type { Terminal } from './terminal';

// Our own kernels stay inside their buffers and token ids are checked, so Node goes without the bounds checks that a browser adds
// to every load: about 1.4 times the matmul rate on a software adapter.
const UNCHECKED_BOUNDS = 'enable-dawn-features=disable_robustness';

// Dawn's instances must outlive their devices, and nothing else refers to them.
const instances: GPU[] = [];

/**
 * Opens what `--gpu` names (`cpu`: the processor; `software`: WebGPU's software adapter; else part of an adapter's name), or
 * the best there is, and says which it is.
 */
export async function openNodeEngine(given: Given, terminal: Terminal): Promise<Engine> {
  const engine = await open(given.text('gpu'));
  engine.kernels = await keptKernels(engine.report);
  const software = engine.report.kind === 'software';
  if (software) engine.rest = sleep;
  if (engine.report.kind !== 'hardware') engine.room = Math.min(engine.room ?? Infinity, totalmem());
  terminal.note(`Adapter: ${engine.report.description}${software ? ' (software: right, but slow)' : ''}`);
  return engine;
}

async function open(name: string | undefined): Promise<Engine> {
  if (name === 'cpu') return openEngine('cpu', undefined, nodeProcessor());
  if (name === 'software') return openEngine('software', openDawn(), nodeProcessor());
  if (name !== undefined) return openWebGpu(await findAdapter(openDawn(name)));
  return openEngine('best', openDawn(), nodeProcessor());
}

/** @throws StudioError `gpu-no-adapter` */
function openDawn(name?: string): GPU {
  Object.assign(globalThis, globals);
  try {
    instances.push(create([...(name === undefined ? [] : [`adapter=${name}`]), UNCHECKED_BOUNDS]));
    return instances[instances.length - 1];
  } catch (cause) {
    // Dawn's own sentence lists the adapters there are.
    throw new StudioError('gpu-no-adapter', `No graphics adapter: ${cause instanceof Error ? cause.message : String(cause)}`, {
      remedy: 'Leave --gpu out to take the best one there is, or give --gpu cpu.',
      cause,
    });
  }
}

/** Every core of the machine, and fused multiply-add where Node has it only on demand. */
export function nodeProcessor(threads = availableParallelism()): ProcessorOptions {
  if (!takesRelaxedSimd()) setFlagsFromString('--experimental-wasm-relaxed-simd');
  return { threads, startThread };
}

function startThread(start: ThreadStart): void {
  const source = `const { workerData } = require('node:worker_threads'); (${startKernels})(workerData).exports.serve(workerData.thread);`;
  new Worker(source, { eval: true, workerData: start }).unref();
}

const bell = new Int32Array(new SharedArrayBuffer(4));

function sleep(ms: number): void {
  Atomics.wait(bell, 0, 0, Math.min(ms, 1000));
}
