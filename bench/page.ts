/** The bench's page: makes each contestant once and takes its steps when the runner asks. */
import { rooflineShare } from '../src/gpu/ceilings';
import { SIZES, stepGflop } from './models';
import type { Asked, OurDevice } from './ours.worker';
import { jaxStep } from './peers/jaxStep';
import { tfjsStep } from './peers/tfjsStep';
import { shape, tokensPerStep, type Contestant } from './problem';
import { productNames, timedProduct } from './products';

/** Ours works in a worker, as in the studio; a step's time includes the message there and back. */
async function oursInWorker(device: OurDevice): Promise<Contestant> {
  const worker = new Worker(new URL('./ours.worker.ts', import.meta.url), { type: 'module' });
  const ask = (what: Asked['what']) => new Promise<number>((resolve, reject) => {
    worker.onmessage = ({ data }: MessageEvent<{ value?: number; error?: string }>) => {
      if (data.value === undefined) reject(new Error(data.error));
      else resolve(data.value);
    };
    worker.onerror = ({ message }) => reject(new Error(message));
    worker.postMessage({ device, what } satisfies Asked);
  });
  return { step: () => ask('step'), bestProduct: () => ask('bestProduct') };
}

const makers: Record<string, () => Promise<Contestant>> = {
  ours: () => oursInWorker('webgpu'), 'ours-processor': () => oursInWorker('processor'),
  'jax-js': () => jaxStep('webgpu'), 'jax-js-wasm': () => jaxStep('wasm'), 'TF.js': tfjsStep,
};
const made = new Map<string, Contestant>();

const bench = {
  names: Object.keys(makers),
  shape,
  tokensPerStep,
  productNames,
  product: timedProduct,

  /** The adapter all contestants get. */
  async adapter() {
    const adapter = await navigator.gpu?.requestAdapter();
    return adapter ? { vendor: adapter.info.vendor, architecture: adapter.info.architecture, description: adapter.info.description } : null;
  },

  /** One step, with its time in ms from the call to the loss in hand. The first includes making the contestant and compiling. */
  async step(name: string): Promise<{ loss: number; ms: number }> {
    const started = performance.now();
    let contestant = made.get(name);
    if (!contestant) {
      contestant = await makers[name]();
      made.set(name, contestant);
    }
    const loss = await contestant.step();
    return { loss, ms: performance.now() - started };
  },

  /** The best rate of a contestant's own products now, 10⁹ sums and products a second; null where it does not tell. */
  async bestProduct(name: string): Promise<number | null> {
    return (await made.get(name)?.bestProduct?.()) ?? null;
  },

  /**
   * Each step's share of the roofline: of the best product right after it, and of the best of all rounds, which on a busy machine met a better
   * moment than most steps. @param ms of the steps; @param best the rates of the best products after them.
   */
  rooflines(ms: readonly number[], best: readonly number[]) {
    const gflop = stepGflop(SIZES.bench);
    const of = (rate: (step: number) => number) => ms.map((each, i) => rooflineShare(gflop, each, rate(i)));
    return { gflop, bestProducts: best, shares: of((i) => best[i]), sharesOfFastest: of(() => Math.max(...best)) };
  },
};

declare global {
  interface Window {
    bench: typeof bench;
  }
}
window.bench = bench;
