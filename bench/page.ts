/** The bench's page: makes each contestant once and takes its steps when the runner asks. */
import { oursStep } from './ours';
import { jaxStep } from './peers/jaxStep';
import { tfjsStep } from './peers/tfjsStep';
import { shape, tokensPerStep, type Contestant } from './problem';

const makers: Record<string, () => Promise<Contestant>> = { ours: oursStep, 'jax-js': jaxStep, 'TF.js': tfjsStep };
const made = new Map<string, Contestant>();

const bench = {
  names: Object.keys(makers),
  shape,
  tokensPerStep,

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
};

declare global {
  interface Window {
    bench: typeof bench;
  }
}
window.bench = bench;
