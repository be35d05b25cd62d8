/** The bench's page: makes each contestant once and takes its steps when the runner asks. */
import { rooflineShare } from '../src/gpu/ceilings';
import { ANSWERERS, ENDS, MAX_TOKENS, PATIENCE_MS, promptsOf, STUDENT, type AnswererName } from './answers';
import type { AskedAnswers } from './answers.worker';
import { askWorker } from './inWorker';
import { SIZES, stepGflop } from './models';
import type { OurDevice } from './ourEngine';
import type { Asked } from './ours.worker';
import { jaxStep } from './peers/jaxStep';
import { tfjsStep } from './peers/tfjsStep';
import { shape, tokensPerStep, type Contestant } from './problem';
import { productNames, timedProduct } from './products';

/** Ours works in a worker, as in the studio; a step's time includes the message there and back. */
async function oursInWorker(device: OurDevice): Promise<Contestant> {
  const worker = new Worker(new URL('./ours.worker.ts', import.meta.url), { type: 'module' });
  const ask = askWorker<Asked, number>(worker);
  return { step: () => ask({ device, what: 'step' }), bestProduct: () => ask({ device, what: 'bestProduct' }) };
}

const makers: Record<string, () => Promise<Contestant>> = {
  ours: () => oursInWorker('webgpu'), 'ours-processor': () => oursInWorker('processor'),
  'jax-js': () => jaxStep('webgpu'), 'jax-js-wasm': () => jaxStep('wasm'), 'TF.js': tfjsStep,
};
const made = new Map<string, Contestant>();
const answerers = new Map<string, (asked: AskedAnswers) => Promise<number[][]>>();

const bench = {
  names: Object.keys(makers),
  shape,
  tokensPerStep,
  productNames,
  product: timedProduct,
  answers: { names: ANSWERERS, student: STUDENT, maxTokens: MAX_TOKENS, ends: ENDS },

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

  /** So many prompts answered at once, with the time in ms from the call to the ids in hand; the first of a number includes compiling. */
  async answer(name: AnswererName, count: number): Promise<{ ids: number[][]; ms: number }> {
    const ask = answerers.get(name) ?? askWorker(new Worker(new URL('./answers.worker.ts', import.meta.url), { type: 'module' }), PATIENCE_MS);
    answerers.set(name, ask);
    const started = performance.now();
    const ids = await ask({ name, prompts: promptsOf(count) });
    return { ids, ms: performance.now() - started };
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
