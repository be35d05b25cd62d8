/**
 * The programs of a training step: one forward-and-backward program a ribbon capacity, which adds to the gradients, and one
 * update program. All share the parameters, and the arenas of the largest.
 */
import { StudioError } from '../core/errors';
import { backward } from '../gpu/backward';
import { holdKernels, type Engine, type LaunchTime } from '../gpu/device';
import { Graph, type Tensor } from '../gpu/graph';
import { attention } from '../gpu/ops/attention';
import { crossEntropyHead } from '../gpu/ops/crossEntropy';
import { sortTokens } from '../gpu/ops/embed';
import { MOMENT_BLOCK, MOMENT_WORDS } from '../gpu/ops/adamw8';
import { emitDot, emitUpdate, HYPER } from '../gpu/ops/optimiser';
import { Arenas, Pools, Program } from '../gpu/program';
import { createTables, modelForward } from '../model/forward';
import type { PositionTables } from '../model/pass';
import { headName } from '../model/shapes';
import type { Params, Student, StudentShape } from '../model/types';
import { Weights } from '../model/weights';
import type { Ribbon } from './batch';
import type { Checkpoint, TrainMethod } from './types';

/** Steps whose loss can wait to be read. */
export const RING = 64;

/** Each kernel is timed so often, and the best counts. */
const TIMED_ROUNDS = 2;

interface RibbonProgram {
  program: Program;
  pools: Pools;
  batch: Record<'ids' | 'positions' | 'targets' | 'spans' | 'order' | 'runs' | 'positionOrder' | 'positionRuns' | 'coefficients' | 'noise', Tensor>;
  /** [tokens], nats: readable where the program gives no gradients. */
  losses: Tensor;
}

export type TrainedStudent = Pick<Student, 'config' | 'params' | 'adapter' | 'packing'> & TrainMethod;

export class TrainStep {
  readonly weights: Weights;
  private readonly recompute: boolean;
  /** Words that a moment takes for each of the parameters. */
  private readonly moments: number;
  private readonly graph: Graph;
  private readonly pools: Pools;
  private readonly arenas: Arenas;
  private readonly flat: Record<'params' | 'grads' | 'm' | 'v', readonly Tensor[]>;
  private readonly hyper: Tensor;
  private readonly ring: Tensor;
  private readonly loss: Tensor;
  private readonly tables: PositionTables;
  private readonly programs = new Map<string, Promise<RibbonProgram>>();
  private update?: Program;
  private readonly order: Uint32Array;
  private readonly runs: Uint32Array;

  private constructor(private readonly engine: Engine, student: StudentShape & TrainMethod, largest: number) {
    const { config } = student;
    if (student.packing && !student.adapter) {
      throw new StudioError('train-packed', 'Packed weights cannot be trained.', { remedy: 'Train an adapter on them, or keep them in f32.' });
    }
    this.graph = new Graph(engine.limits);
    this.recompute = student.recompute ?? false;
    this.weights = new Weights(this.graph, student);
    this.pools = new Pools(engine);
    this.arenas = new Arenas(engine);
    this.weights.createPools(this.pools);
    const like = (pool: 'grads' | 'm' | 'v', share = 1) => {
      const tensors = this.weights.trained.tensors(this.graph, pool, pool, share);
      this.pools.create(pool, tensors);
      return tensors;
    };
    this.moments = student.optimizer === 'adamw8bit' ? MOMENT_WORDS / MOMENT_BLOCK : 1;
    this.flat = { params: this.weights.params, grads: like('grads'), m: like('m', this.moments), v: like('v', this.moments) };
    this.hyper = this.graph.tensor('hyper', [HYPER], { pool: 'tables' });
    this.tables = createTables(this.pools, this.graph, config, Math.min(config.context, largest), [this.hyper]);
    this.loss = this.graph.tensor('loss', [1], { pool: 'metrics' });
    this.pools.create('metrics', [this.loss]);
    this.ring = this.graph.tensor('ring', [RING, 2], { pool: 'state' });
    this.pools.create('state', [this.ring]);
    this.order = new Uint32Array(largest);
    this.runs = new Uint32Array(3 * largest);
  }

  /**
   * @param student trained whole, or only its adapter where it has one.
   * @param largest capacity of the largest ribbon that will come, in tokens: made first, so that the arenas never grow.
   * @param scored likewise of the ribbons that are scored without gradients, where any are.
   */
  static async create(engine: Engine, student: TrainedStudent, largest: number, from?: Checkpoint, scored?: number): Promise<TrainStep> {
    const step = await TrainStep.prepare(holdKernels(engine, from?.kernels), student, [largest], scored === undefined ? [] : [scored]);
    if (student.adapter || !from) await step.weights.upload(step.pools, student.params);
    if (from) await step.restore(from);
    else if (student.adapter) await step.weights.uploadAdapter(step.pools, student.adapter);
    return step;
  }

  /**
   * Everything but the numbers: all the memory that training takes, with none of it filled.
   * @param sizes capacities of the ribbons that will come, in the order they first do, after the largest.
   * @param scored capacities of those that are scored.
   */
  static async prepare(engine: Engine, student: StudentShape & TrainMethod, sizes: readonly number[], scored: readonly number[] = []): Promise<TrainStep> {
    const [largest, ...others] = sizes;
    const step = new TrainStep(engine, student, largest);
    await step.ribbonProgram(largest, 'gradients');
    const graph = new Graph(engine.limits);
    emitUpdate(graph, { ...step.flat, hyper: step.hyper, ring: step.ring }, step.loss);
    step.update = await Program.compile(graph, step.pools, step.arenas);
    for (const size of others) await step.ribbonProgram(size, 'gradients');
    for (const size of scored) await step.ribbonProgram(size, 'losses');
    return step;
  }

  /** @throws StudioError `checkpoint-other-student`, `checkpoint-other-optimizer` */
  private async restore(from: Checkpoint): Promise<void> {
    const { trained } = this.weights;
    const problem = from.params.length !== trained.total
      ? new StudioError('checkpoint-other-student', 'The checkpoint belongs to a student of another size.')
      : from.m.length !== trained.total * this.moments
        ? new StudioError('checkpoint-other-optimizer', 'The checkpoint belongs to a run with another optimizer.', { remedy: 'Go on with the optimizer it began with.' })
        : undefined;
    if (problem) {
      await this.dispose();
      throw problem;
    }
    trained.write(this.pools, this.flat.params, from.params);
    for (const pool of ['m', 'v'] as const) trained.write(this.pools, this.flat[pool], from[pool], 0, this.moments);
  }

  /** Compiled on first use; the capacities in use are few. */
  private ribbonProgram(capacity: number, wanted: 'gradients' | 'losses'): Promise<RibbonProgram> {
    const key = `${wanted} of ${capacity}`;
    let made = this.programs.get(key);
    if (!made) this.programs.set(key, (made = this.compileRibbon(capacity, wanted === 'gradients')));
    return made;
  }

  private async compileRibbon(tokens: number, gradients: boolean): Promise<RibbonProgram> {
    const graph = new Graph(this.engine.limits);
    const integers = (name: string, shape: number[]) => graph.tensor(name, shape, { pool: 'batch', type: 'u32' });
    const batch = {
      ids: integers('ids', [tokens]), positions: integers('positions', [tokens]), targets: integers('targets', [tokens]),
      spans: integers('spans', [tokens, 2]), order: integers('order', [tokens]), runs: integers('runs', [tokens, 3]),
      positionOrder: integers('position order', [tokens]), positionRuns: integers('position runs', [tokens, 3]),
      coefficients: graph.tensor('coefficients', [tokens], { pool: 'batch' }), noise: integers('noise', [1]),
    };
    const pools = new Pools(this.engine, this.pools);
    pools.create('batch', Object.values(batch));
    const { config, trained: layout } = this.weights;
    const { params, trained } = this.weights.bind(graph, gradients ? batch.noise : undefined);
    const grads = layout.views(graph, this.flat.grads);
    const gradientOf = new Map<Tensor, Tensor>();
    for (const [name, param] of trained) {
      const gradient = grads.get(name) as Tensor;
      gradientOf.set(param, gradient);
      param.parts?.forEach((part, i) => gradientOf.set(part, (gradient.parts as readonly Tensor[])[i]));
    }
    const { ids, positions, order, runs } = batch;
    const positionRuns = { order: batch.positionOrder, runs: batch.positionRuns };
    const h = modelForward(graph, config, params, { ids, positions, tables: this.tables, runs: { order, runs }, positionRuns },
      (_, q, k, v, options) => attention(graph, q, k, v, batch.spans, options));
    const head = params.get(headName(config)) as Tensor;
    const dHead = gradientOf.get(head);
    const { losses, dh } = crossEntropyHead(graph, h, head, batch.targets, batch.coefficients, gradients ? { dHead } : undefined, config.logitCap);
    if (!dh) return { program: await Program.compile(graph, pools, this.arenas, [losses]), pools, batch, losses };
    emitDot(graph, losses, batch.coefficients, 'loss part', this.loss);
    backward(graph, new Map([[h, dh]]), (param) => gradientOf.get(param), this.recompute);
    return { program: await Program.compile(graph, pools, this.arenas), pools, batch, losses };
  }

  /** Clears gradients and loss; the start of a step. */
  begin(): void {
    for (const grads of this.flat.grads) this.pools.clear(grads);
    this.pools.clear(this.loss);
  }

  /** Forward and backward of one micro-batch, added to the gradients. @param noise seed of an adapter's dropout. */
  async accumulate(ribbon: Ribbon, noise = 0): Promise<void> {
    const { program, pools, batch } = await this.filled(ribbon, 'gradients');
    pools.write(batch.noise, Uint32Array.of(noise));
    program.run();
  }

  /** −log p of each token that counts, in nats, under the parameters as they are: [capacity], 0 elsewhere. */
  async score(ribbon: Ribbon): Promise<Float32Array> {
    const { program, losses } = await this.filled(ribbon, 'losses');
    program.run();
    const [bytes] = await program.read([losses]);
    return new Float32Array(bytes);
  }

  private async filled(ribbon: Ribbon, wanted: 'gradients' | 'losses'): Promise<RibbonProgram> {
    const made = await this.ribbonProgram(ribbon.capacity, wanted);
    const { pools, batch } = made;
    const order = this.order.subarray(0, ribbon.capacity);
    const runs = this.runs.subarray(0, 3 * ribbon.capacity);
    for (const name of ['ids', 'positions', 'targets', 'spans', 'coefficients'] as const) pools.write(batch[name], ribbon[name]);
    sortTokens(ribbon.ids, order, runs);
    pools.write(batch.order, order);
    pools.write(batch.runs, runs);
    if (this.weights.config.ropeBase === undefined) {
      sortTokens(ribbon.positions, order, runs);
      pools.write(batch.positionOrder, order);
      pools.write(batch.positionRuns, runs);
    }
    return made;
  }

  /** Applies the collected gradients. @param hyper see `UpdatePools.hyper`. */
  finish(hyper: Float32Array): void {
    this.pools.write(this.hyper, hyper);
    this.update?.run();
  }

  /** Waits for all submitted steps and returns the ring: loss and squared gradient norm a slot. */
  async readRing(): Promise<Float32Array> {
    const [ring] = await this.pools.read([this.ring]);
    return new Float32Array(ring);
  }

  /** Trained parameters, first and second moments as they are now, flat in layout order; and what they were computed by. */
  async readState(): Promise<Pick<Checkpoint, 'params' | 'm' | 'v' | 'kernels'>> {
    const read = (pool: 'params' | 'm' | 'v', share?: number) => this.weights.trained.read(this.pools, this.flat[pool], share);
    return { params: await read('params'), m: await read('m', this.moments), v: await read('v', this.moments), kernels: this.engine.kernels };
  }

  /** What is trained as it is now, by name: the adapter's parameters where there is one. */
  async params(): Promise<Params> {
    const { trained } = this.weights;
    return trained.named(await trained.read(this.pools, this.flat.params));
  }

  /** The collected gradient, flat in layout order, and the loss it belongs to. */
  async readFlat(): Promise<{ gradient: Float32Array; loss: number }> {
    const gradient = await this.weights.trained.read(this.pools, this.flat.grads);
    const [loss] = await this.pools.read([this.loss]);
    return { gradient, loss: new Float32Array(loss)[0] };
  }

  /** The collected gradients by parameter name: for tests against an independent engine. */
  async readGradients(): Promise<Params> {
    return this.weights.trained.named((await this.readFlat()).gradient);
  }

  /** Kernels that a step of one ribbon of that capacity starts. */
  async launches(capacity: number): Promise<number> {
    const { program } = await this.ribbonProgram(capacity, 'gradients');
    return program.launches + (this.update?.launches ?? 0);
  }

  /** How long each kernel of a step takes, the update's last: the best of so many rounds. Afterwards the parameters are worth nothing. */
  async time(ribbon: Ribbon, rounds = TIMED_ROUNDS): Promise<LaunchTime[]> {
    const { program } = await this.filled(ribbon, 'gradients');
    return [...(await program.time(rounds)), ...((await this.update?.time(rounds)) ?? [])];
  }

  /** Bytes of device memory held. */
  bytes(): number {
    return this.arenas.bytes() + this.pools.bytes();
  }

  async dispose(): Promise<void> {
    await this.engine.idle();
    for (const made of this.programs.values()) {
      const { program, pools } = await made;
      program.destroy();
      pools.destroy();
    }
    this.update?.destroy();
    this.arenas.destroy();
    this.pools.destroy();
  }
}
