/**
 * Times the kernels of products while nothing else uses the device: those for shapes that were in use and have no choice yet. Choices
 * are kept for the adapter; they take effect when nothing runs, so that no job meets two.
 */
import { now, wait } from '../core/clock';
import { StudioError } from '../core/errors';
import type { Engine } from '../gpu/device';
import type { KernelChoices } from '../gpu/graph';
import { adapterKey, readTunedKernels, type TunedKernels } from '../gpu/kernelChoices';
import { shapeClass, type MatmulShape } from '../gpu/products';
import { Tuner, type TunerOptions } from '../gpu/tuner';
import { WebGpuEngine } from '../gpu/webgpu';
import type { StudioStore } from '../store/types';

const NOTHING: TunedKernels = { tunedAt: 0, spentMs: 0, classes: [], left: [] };

export class IdleTuner {
  private engine?: WebGpuEngine;
  private tuner?: Tuner;
  private row = NOTHING;
  private using = 0;
  private resting = new AbortController();

  /** @param restMs how long nothing must have used the device; absent: only when asked. */
  constructor(private readonly store: StudioStore, private readonly restMs?: number) {}

  /** Where the adapter's choices are kept; undefined where a device has nothing to choose. */
  static keyOf(engine: Engine): `kernels/${string}` | undefined {
    return engine instanceof WebGpuEngine ? `kernels/${adapterKey(engine.report)}` : undefined;
  }

  /** A device just opened: it gets the choices kept for it. */
  async open(engine: Engine): Promise<void> {
    const key = IdleTuner.keyOf(engine);
    this.engine = engine instanceof WebGpuEngine ? engine : undefined;
    this.tuner = undefined;
    if (!key) return;
    this.row = readTunedKernels(await this.store.get('settings', key).catch(() => undefined)) ?? NOTHING;
    engine.kernels = choicesOf(this.row);
  }

  /** Work that uses the device: nothing is timed meanwhile, and what was being timed is left at once. */
  async whileUsed<T>(work: () => Promise<T>): Promise<T> {
    this.using++;
    this.resting.abort();
    try {
      return await work();
    } finally {
      if (--this.using === 0) this.rest();
    }
  }

  /**
   * Times the kernels for these shapes and those in use now, whatever was chosen before. @param signal ends it with what is found.
   * @throws StudioError `tune-processor`, `tune-busy`
   */
  async again(engine: Engine, shapes: readonly MatmulShape[], { signal, ...options }: Pick<TunerOptions, 'budgetMs' | 'rounding' | 'signal'>): Promise<void> {
    if (engine !== this.engine || !this.engine) {
      throw new StudioError('tune-processor', 'The processor has one kernel for a matrix product, so there is nothing to choose.');
    }
    if (this.using > 0) {
      throw new StudioError('tune-busy', 'Something is running in this tab, and would be timed too.', { remedy: 'Wait until it is done, or pause it.' });
    }
    this.resting.abort();
    this.tuner = undefined;
    const known = this.row.classes.map(({ shape }) => shape);
    const stop = (this.resting = new AbortController());
    await this.time([...shapes, ...this.engine.inUse.list(), ...known], NOTHING, { ...options, signal: signal ? AbortSignal.any([stop.signal, signal]) : stop.signal });
    this.rest();
  }

  /** Back to the choices by rule. */
  async forget(engine: Engine): Promise<void> {
    const key = IdleTuner.keyOf(engine);
    this.resting.abort();
    this.tuner = undefined;
    this.row = { ...NOTHING };
    this.engine?.inUse.clear();
    if (key) await this.store.remove('settings', [key]);
    if (this.using === 0) engine.kernels = {};
  }

  /** Nothing uses the device now: if that lasts, it is tuned for what was in use. */
  rest(): void {
    const { engine, restMs, using } = this;
    if (!engine || using > 0) return;
    engine.kernels = choicesOf(this.row);
    if (restMs === undefined) return;
    this.resting.abort();
    const resting = (this.resting = new AbortController());
    const timed = async () => {
      await wait(restMs, resting.signal);
      const chosen = choicesOf(this.row);
      const open = [...engine.inUse.list(), ...this.row.left].filter((shape) => !chosen[shapeClass(shape)]);
      if (open.length > 0) await this.time(open, this.row, { signal: resting.signal });
    };
    // Disturbed, or the device was lost, or the store is full: the choices by rule serve as well.
    timed().catch(() => {});
  }

  /** @param from what is known, and stays. */
  private async time(shapes: readonly MatmulShape[], from: TunedKernels, options: TunerOptions): Promise<void> {
    const { engine, row } = this;
    const key = engine && IdleTuner.keyOf(engine);
    if (!engine || !key) return;
    this.tuner ??= new Tuner(engine);
    const { rows, left, spentMs } = await this.tuner.tune(shapes, { ...options, known: choicesOf(from) });
    // Another device meanwhile, or what was known was forgotten.
    if (engine !== this.engine || row !== this.row) return;
    const found = rows.filter(({ chosen }) => chosen).map(({ shape, kernel, gflops }) => ({ shape, kernel, gflops }));
    const decided = new Set(found.map(({ shape }) => shapeClass(shape)));
    const classes = [...row.classes.filter(({ shape }) => !decided.has(shapeClass(shape))), ...found];
    const chosen = choicesOf({ ...row, classes });
    this.row = { tunedAt: now(), spentMs: from.spentMs + spentMs, classes, left: left.filter((shape) => !chosen[shapeClass(shape)]) };
    await this.store.put('settings', [{ key, ...this.row }]);
    if (this.using === 0) engine.kernels = choicesOf(this.row);
  }
}

function choicesOf({ classes }: TunedKernels): KernelChoices {
  return Object.fromEntries(classes.map(({ shape, kernel }) => [shapeClass(shape), kernel]));
}
