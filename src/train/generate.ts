/**
 * Batched answers with a key-value cache. Prompts go in many tokens at a time, those of several slots one behind the other; answers come
 * one token a step for all slots at once. Sampling happens on the GPU and the host looks in every few steps, to collect finished
 * answers and hand out new prompts. When no prompt waits, the slots still at work move together into a smaller step.
 */
import { elapsed } from '../core/clock';
import { StudioError } from '../core/errors';
import type { Engine } from '../gpu/device';
import { Graph, type Tensor } from '../gpu/graph';
import { cachedAttention, NO_SLOT, sample, type CacheTensors, type SlotState } from '../gpu/ops/cache';
import { linear } from '../gpu/ops/linear';
import { emitSoftCap } from '../gpu/ops/softCap';
import { Arenas, Pools, Program } from '../gpu/program';
import { createTables, modelForward } from '../model/forward';
import type { PositionTables } from '../model/pass';
import { headName } from '../model/shapes';
import { sourcesOf } from '../model/tensorSource';
import type { Adapter, Params, Student, StudentShape, TensorSources } from '../model/types';
import { Weights } from '../model/weights';
import { mostTokens } from './batch';
import { rowsFor, SlotHost, smallerSteps, StepProgram, type Answer } from './slots';
import type { GenerateOptions } from './types';

/** Prompt tokens that go through at once, where the device takes that many, and where few are left. */
const PROMPT_TOKENS = 256;
const FEW_PROMPT_TOKENS = 32;
/** Tokens every slot writes between two looks of the host. */
const STEPS_A_SUBMIT = 8;

/** A prompt and what was written after it, with the token that ended it, as the model saw it. */
export function asWritten(prompt: readonly number[], { ids, truncated }: Answer, { eosIds }: Student['config']): number[] {
  return [...prompt, ...ids, ...(truncated ? [] : eosIds.slice(0, 1))];
}

interface PromptProgram {
  program: Program;
  pools: Pools;
  ids: Tensor;
  positions: Tensor;
  slots: Tensor;
}

export class Generator {
  private readonly weights: Weights;
  private readonly shared: Pools;
  private readonly arenas: Arenas;
  private readonly tables: PositionTables;
  private readonly caches: CacheTensors[];
  private readonly promptTokens: number;
  /** By how many tokens they take. */
  private readonly prompts = new Map<number, Promise<PromptProgram>>();

  private constructor(private readonly engine: Engine, private readonly student: StudentShape, private readonly slots: number, private readonly context: number) {
    const { config } = student;
    const graph = new Graph(engine.limits);
    this.promptTokens = mostTokens(engine.limits, config, PROMPT_TOKENS);
    // Decoding reads every weight at every token; where a matrix can be cut into parts, it stays as it is.
    this.weights = new Weights(graph, student, engine.shape.kind === 'processor' && engine.limits.binding === Infinity);
    this.shared = new Pools(engine);
    this.arenas = new Arenas(engine);
    this.weights.createPools(this.shared);
    this.tables = createTables(this.shared, graph, config, context);
    const cache = (name: string) => graph.tensor(name, [slots, context, config.kvHeads * config.headSize], { pool: 'cache' });
    this.caches = Array.from({ length: config.layers }, (_, layer) => ({ keys: cache(`keys ${layer}`), values: cache(`values ${layer}`) }));
    this.shared.create('cache', this.caches.flatMap(({ keys, values }) => [keys, values]));
  }

  /**
   * @param params in place of the student's own.
   * @param options.slots answers in flight at once; options.context longest prompt and answer together, at most the student's.
   */
  static async create(engine: Engine, student: Student, params: TensorSources = student.params, options: { slots?: number; context?: number } = {}): Promise<Generator> {
    const generator = Generator.unfilled(engine, student, options);
    await generator.setParams(params);
    if (student.adapter) await generator.setAdapter(student.adapter);
    return generator;
  }

  /** All the memory that answers of at most so many tokens take, with none of it filled: for rehearsals. */
  static async prepare(engine: Engine, student: StudentShape, options: { slots?: number; context?: number }, maxTokens: number): Promise<{ dispose(): Promise<void> }> {
    const generator = Generator.unfilled(engine, student, options);
    const greedy = { maxTokens, temperature: 1, seed: 0 };
    const step = await generator.compileStep(greedy, generator.slots);
    // The others take its place.
    for (const rows of smallerSteps(generator.slots)) (await generator.compileStep(greedy, rows)).destroy();
    // Short prompts may come first, and the arenas then grow.
    for (const tokens of generator.promptSizes().reverse()) await generator.promptProgram(tokens);
    return {
      async dispose() {
        await engine.idle();
        step.destroy();
        await generator.dispose();
      },
    };
  }

  private static unfilled(engine: Engine, student: StudentShape, options: { slots?: number; context?: number }): Generator {
    const context = Math.min(options.context ?? 1024, student.config.context);
    const { kvHeads, headSize, vocab } = student.config;
    // Keys of one layer, and the logits, are each one tensor.
    const most = Math.floor(engine.limits.binding / (4 * Math.max(context * kvHeads * headSize, vocab)));
    return new Generator(engine, student, Math.max(1, Math.min(options.slots ?? 64, most)), context);
  }

  /** Answers from now on with other numbers of the same shapes. */
  async setParams(params: TensorSources): Promise<void> {
    await this.weights.upload(this.shared, params);
  }

  /** Answers from now on with what training has made of the trained parameters: the adapter's where the student has one. */
  async setTrained(params: Params): Promise<void> {
    await this.weights.trained.upload(this.shared, this.weights.params, sourcesOf(params));
  }

  /** Answers from now on with this adapter, of the same settings as the student's, or with none: the student as it was. */
  async setAdapter(adapter: Adapter | undefined): Promise<void> {
    await this.weights.uploadAdapter(this.shared, adapter);
  }

  /**
   * Continues every prompt. An answer depends only on its prompt, its place in the call and the seed, not on its neighbours.
   * @param prompts token ids, each of at least one.
   * @param onWritten is told every few tokens what each answer in flight holds so far.
   * @throws StudioError `prompt-too-long`; an AbortError when `signal` aborts (answers so far are lost).
   */
  async answer(prompts: readonly number[][], options: GenerateOptions, onProgress: (done: number, total: number) => void = () => {}, signal?: AbortSignal,
    onWritten?: (prompt: number, ids: number[]) => void): Promise<Answer[]> {
    const limit = options.maxTokens;
    prompts.forEach((prompt, i) => this.checkLength(prompt, i));
    if (prompts.length === 0 || limit < 1) return prompts.map(() => ({ ids: [], truncated: true }));
    let host = new SlotHost(rowsFor(prompts.length, this.slots), limit, this.context);
    let step = await this.compileStep(options, host.rows);
    const answers: Answer[] = [];
    let next = 0;
    let done = 0;
    let msARound = 0;
    try {
      while (done < prompts.length) {
        signal?.throwIfAborted();
        const joining: { slot: number; prompt: number[] }[] = [];
        for (let slot = 0; slot < host.rows && next < prompts.length; slot++) {
          if (!host.isFree(slot)) continue;
          host.assign(slot, next, prompts[next]);
          joining.push({ slot, prompt: prompts[next++] });
        }
        const rows = next < prompts.length ? host.rows : rowsFor(host.busy(), host.rows);
        if (rows < host.rows) {
          step.destroy();
          host = host.movedTo(rows);
          step = await this.compileStep(options, rows);
        }
        if (joining.length > 0) await this.readPrompts(joining);
        step.write(host);
        const start = elapsed();
        step.run(STEPS_A_SUBMIT);
        this.engine.rest?.(0.8 * msARound);
        await step.read(host);
        msARound = elapsed() - start;
        if (onWritten) host.each(onWritten);
        for (const { request, answer } of host.collect()) {
          answers[request] = answer;
          done++;
        }
        onProgress(done, prompts.length);
      }
    } finally {
      step.destroy();
    }
    return answers;
  }

  private checkLength(prompt: readonly number[], index: number): void {
    if (prompt.length > 0 && prompt.length < this.context) return;
    throw new StudioError('prompt-too-long', prompt.length === 0 ? 'A prompt is empty.' : `A prompt has ${prompt.length} tokens; this student can read ${this.context} with its answer.`, {
      where: `prompt ${index + 1}`, remedy: 'Shorten it, or choose a student with a longer context.',
    });
  }

  /** Puts all prompt tokens but the last into the cache; the last is the first step's input. */
  private async readPrompts(joining: readonly { slot: number; prompt: readonly number[] }[]): Promise<void> {
    const rows = joining.flatMap(({ slot, prompt }) => prompt.slice(0, -1).map((id, position) => [id, position, slot]));
    const [many, few] = this.promptSizes();
    for (let from = 0; from < rows.length; ) {
      const count = rows.length - from > many / 2 ? many : few;
      const { program, pools, ids, positions, slots } = await this.promptProgram(count);
      const part = rows.slice(from, from + count);
      const column = (i: number, padding: number) => Uint32Array.from({ length: count }, (_, row) => part[row]?.[i] ?? padding);
      pools.write(ids, column(0, 0));
      pools.write(positions, column(1, 0));
      pools.write(slots, column(2, NO_SLOT));
      program.run();
      from += count;
    }
  }

  private promptSizes(): [number, number] {
    return [this.promptTokens, Math.min(FEW_PROMPT_TOKENS, this.promptTokens)];
  }

  private promptProgram(tokens: number): Promise<PromptProgram> {
    const program = this.prompts.get(tokens) ?? this.compilePrompt(tokens);
    this.prompts.set(tokens, program);
    return program;
  }

  private async compilePrompt(tokens: number): Promise<PromptProgram> {
    const graph = new Graph(this.engine.limits);
    const integers = (name: string) => graph.tensor(name, [tokens], { pool: 'batch', type: 'u32' });
    const [ids, positions, slots] = [integers('ids'), integers('positions'), integers('slots')];
    const pools = new Pools(this.engine, this.shared);
    pools.create('batch', [ids, positions, slots]);
    let lastWrite = 0;
    this.forward(graph, ids, { slots, positions }, () => (lastWrite = graph.nodes.length));
    // Nothing reads what the last layer makes of a prompt; its keys and values are all that is wanted.
    graph.nodes.length = lastWrite + 1;
    return { program: await Program.compile(graph, pools, this.arenas), pools, ids, positions, slots };
  }

  /** @param rows slots it moves on: all of them, or what is left at work. */
  private async compileStep(options: GenerateOptions, rows: number): Promise<StepProgram> {
    const { config } = this.student;
    const graph = new Graph(this.engine.limits);
    // What a step only reads may not share a buffer with what it writes.
    const integers = (name: string, shape: number[], pool: 'state' | 'batch' = 'state') => graph.tensor(name, shape, { pool, type: 'u32' });
    const state: SlotState = {
      tokens: integers('tokens', [rows]), positions: integers('positions', [rows]), active: integers('active', [rows]),
      requests: integers('requests', [rows, 2], 'batch'), written: integers('written', [rows, options.maxTokens + 2]),
    };
    const stops = integers('stops', [Math.max(1, config.eosIds.length)], 'batch');
    const pools = new Pools(this.engine, this.shared);
    pools.create('state', [state.tokens, state.positions, state.active, state.written]);
    pools.create('batch', [stops, state.requests]);
    pools.write(stops, Uint32Array.from(config.eosIds.length > 0 ? config.eosIds : [0]));
    const { h, params } = this.forward(graph, state.tokens, { slots: state.active, positions: state.positions });
    const logits = linear(graph, h, params.get(headName(config)) as Tensor);
    if (config.logitCap) emitSoftCap(graph, logits, config.logitCap);
    sample(graph, logits, stops, config.eosIds.length, state, {
      temperature: options.temperature, topK: options.topK ?? 0, topP: options.topP ?? 1, seed: options.seed,
    });
    return new StepProgram(await Program.compile(graph, pools, this.arenas), pools, state);
  }

  private forward(graph: Graph, ids: Tensor, places: { slots: Tensor; positions: Tensor }, beforeWrite: () => void = () => {}) {
    const { params } = this.weights.bind(graph);
    const h = modelForward(graph, this.student.config, params, { ids, positions: places.positions, tables: this.tables }, (layer, q, k, v, options) => {
      beforeWrite();
      return cachedAttention(graph, q, k, v, this.caches[layer], places, options);
    });
    return { h, params };
  }

  /** Gives the memory back once the device is done. */
  async dispose(): Promise<void> {
    await this.engine.idle();
    for (const { program, pools } of await Promise.all(this.prompts.values())) {
      program.destroy();
      pools.destroy();
    }
    this.arenas.destroy();
    this.shared.destroy();
  }
}
