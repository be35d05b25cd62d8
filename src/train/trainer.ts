/** Weighted fine-tuning: goes through the examples in the given order, step by step, and can stop and go on to the same bits. */
import { elapsed } from '../core/clock';
import { StudioError } from '../core/errors';
import { seedOf } from '../core/random';
import type { Engine } from '../gpu/device';
import type { Params, Student, StudentShape } from '../model/types';
import { anchorsOf, anchorTerm, type Anchor, type Anchors } from './anchors';
import { answerValues, exampleCoefficients, microBatches, mostTokens, packRibbon, passes } from './batch';
import type { Example } from './example';
import { adamwHyper, learningRateAt } from './schedule';
import { countHeld, largestFirst, sizesOf, trainingMemory, type MemoryEstimate, type TrainingPlan } from './memory';
import { needsRoom } from './room';
import { RING, TrainStep } from './trainStep';
import type { Checkpoint, StepMetrics, TrainOptions } from './types';

/** The log is read back about this often, so that a slow adapter shows life and stops soon when told to. */
const READ_EVERY_MS = 400;

interface Submitted extends Pick<StepMetrics, 'step' | 'learningRate' | 'tokens'> {
  held?: Hold;
}

/** What the anchors of a step came to. */
interface Hold {
  tokens: number;
  /** Mean KL(base ‖ student) a token, nats. */
  kl: number;
  /** What the kernel's loss, Σ coefficient · CE, counts of them beyond their term of the objective. */
  counted: number;
}

export class Trainer {
  private readonly tokensAtOnce: number;
  private losses: number[];
  private tokens: number;
  private finished: number;
  private running = false;
  private msPerStep = 0;

  private constructor(
    private readonly engine: Engine, private readonly programs: TrainStep, private readonly options: TrainOptions,
    private readonly examples: readonly Example[], private readonly order: readonly number[],
    /** What it was to hold on the device at most, as counted before it began. */
    readonly estimate: MemoryEstimate,
    /** The most it has held since, in bytes. */
    readonly held: () => number, private readonly anchors?: Anchors, from?: Checkpoint,
  ) {
    this.tokensAtOnce = mostTokens(engine.limits, programs.weights.config);
    this.finished = from?.step ?? 0;
    this.losses = [...(from?.losses ?? [])];
    this.tokens = from?.tokens ?? 0;
  }

  /**
   * @param order positions into `examples`, at least steps · batch long: what each step sees.
   * @param from a checkpoint of the same run; training goes on after its step, to the same bits as if never stopped.
   * @param anchors what the student is held to, beside the examples.
   * @throws StudioError `train-no-data`, `train-bad-weight`, `train-too-large`, `checkpoint-other-student`, `checkpoint-other-optimizer`
   */
  static async create(engine: Engine, student: Student, options: TrainOptions, examples: readonly Example[], order: readonly number[], from?: Checkpoint, anchors?: Anchors): Promise<Trainer> {
    if (order.length < Math.floor(options.steps * options.batch) || examples.length === 0) {
      throw new StudioError('train-no-data', `Training ${options.steps} steps of ${options.batch} needs ${options.steps * options.batch} presentations; there are ${order.length}.`);
    }
    const strange = examples.findIndex(({ weight }) => !Number.isFinite(weight) || weight < 0);
    if (strange >= 0) {
      throw new StudioError('train-bad-weight', `A loss weight is ${examples[strange].weight}; weights are numbers from 0 up.`, { where: `example ${strange + 1}` });
    }
    const plan = trainingPlan(engine, student, options, examples, order, anchors);
    const estimate = await trainingMemory(engine.shape, plan);
    await needsRoom(engine, plan, estimate);
    const { recompute, optimizer, accumulate } = plan;
    const held = countHeld(engine);
    const programs = await TrainStep.create(engine, { ...student, recompute, optimizer }, plan.sizesOf(accumulate)[0], from, plan.scored?.(accumulate)[0]);
    return new Trainer(engine, programs, options, examples, order, estimate, held, anchors, from);
  }

  /** Steps done. */
  get step(): number {
    return this.finished;
  }

  /** Trains up to step `until`. On abort the step in flight is finished first. */
  async run(until: number, onStep: (metrics: StepMetrics) => void, signal?: AbortSignal): Promise<void> {
    if (this.running) throw new Error('this run is already training');
    this.running = true;
    try {
      let pending: Submitted[] = [];
      let since = elapsed();
      let stepsARead = 1;
      const flush = async () => {
        this.engine.rest?.(0.8 * this.msPerStep * pending.length);
        const ring = await this.programs.readRing();
        const msPerStep = (elapsed() - since) / pending.length;
        for (const { held, ...known } of pending) {
          const slot = 2 * (known.step % RING);
          const loss = ring[slot] - (held?.counted ?? 0);
          const metrics = { ...known, loss, gradNorm: Math.sqrt(ring[slot + 1]), msPerStep, ...(held && { kl: held.kl }) };
          this.losses.push(metrics.loss);
          this.tokens += metrics.tokens;
          onStep(metrics);
        }
        pending = [];
        since = elapsed();
        this.msPerStep = msPerStep;
        stepsARead = Math.max(1, Math.min(RING / 2, Math.round(READ_EVERY_MS / msPerStep)));
      };
      while (this.finished < until && !signal?.aborted) {
        pending.push(await this.submitStep());
        this.finished++;
        if (pending.length >= stepsARead) await flush();
      }
      if (pending.length > 0) await flush();
    } finally {
      this.running = false;
    }
  }

  private async submitStep(): Promise<Submitted> {
    const { options, programs } = this;
    const step = this.finished + 1;
    const batch = batchOf(this.examples, this.order, this.finished, options.batch);
    const coefficients = exampleCoefficients(batch, options.mean);
    programs.begin();
    let at = 0;
    for (const [i, micro] of passes(batch, options.accumulate ?? 1, this.tokensAtOnce).entries()) {
      await programs.accumulate(packRibbon(micro, coefficients.slice(at, at + micro.length)), seedOf(options.seed, 'dropout', step, i));
      at += micro.length;
    }
    const held = await this.hold(step);
    const learningRate = learningRateAt(step, options);
    programs.finish(adamwHyper(step, learningRate, options));
    return { step, learningRate, tokens: tokensOf(batch) + (held?.tokens ?? 0), held };
  }

  /** Adds the pull of the step's anchors to the gradients: kl · the mean over their tokens of KL(base ‖ student). */
  private async hold(step: number): Promise<Hold | undefined> {
    const { anchors, programs, options } = this;
    if (!anchors || anchors.kl === 0) return undefined;
    const rows = anchorsOf(anchors, step - 1, options.seed);
    const share = anchors.kl / rows.reduce((sum, { base }) => sum + base.length, 0);
    const hold: Hold = { tokens: tokensOf(rows), kl: 0, counted: 0 };
    for (const micro of microBatches(rows, this.tokensAtOnce)) {
      const now = answerValues(micro, await programs.score(packRibbon(micro, micro.map(() => 1))));
      const coefficients = micro.map(({ base }, i) => Float32Array.from(base, (before, t) => {
        const { kl, coefficient } = anchorTerm(now[i][t], before);
        hold.kl += (share / anchors.kl) * kl;
        hold.counted += share * (coefficient * now[i][t] - kl);
        return share * coefficient;
      }));
      await programs.accumulate(packRibbon(micro, coefficients));
    }
    return hold;
  }

  async checkpoint(): Promise<Checkpoint> {
    return { step: this.finished, ...(await this.programs.readState()), losses: [...this.losses], tokens: this.tokens };
  }

  /** What is trained, as it is now: the adapter's parameters where the student has one, else its own. */
  params(): Promise<Params> {
    return this.programs.params();
  }

  /** Bytes of device memory held. */
  bytes(): number {
    return this.programs.bytes();
  }

  /** Gives the memory back once the device is done. */
  dispose(): Promise<void> {
    return this.programs.dispose();
  }
}

/** What must be known of such a run for its memory to be told. */
export function trainingPlan(engine: Engine, student: StudentShape, options: TrainOptions, examples: readonly Example[], order: readonly number[], anchors?: Anchors): TrainingPlan {
  const steps = Array.from({ length: options.steps }, (_, step) => batchOf(examples, order, step, options.batch));
  const { config, adapter, packing } = student;
  const atOnce = mostTokens(engine.limits, config);
  const held = sizesOf(anchors ? steps.map((_, step) => anchorsOf(anchors, step, options.seed)) : [], 1, atOnce);
  return {
    config, adapter, packing, recompute: options.recompute, optimizer: options.optimizer, accumulate: options.accumulate ?? 1,
    sizesOf: (accumulate) => (anchors ? largestFirst([...sizesOf(steps, accumulate, atOnce), ...held]) : sizesOf(steps, accumulate, atOnce)),
    scored: anchors && (() => held),
  };
}

function batchOf(examples: readonly Example[], order: readonly number[], step: number, batch: number): Example[] {
  return order.slice(Math.floor(step * batch), Math.floor((step + 1) * batch)).map((position) => examples[position]);
}

function tokensOf(examples: readonly Pick<Anchor, 'ids'>[]): number {
  return examples.reduce((sum, { ids }) => sum + ids.length, 0);
}
