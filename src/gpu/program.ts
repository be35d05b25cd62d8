/** A graph made ready to run: lowered to the device's kernels, memory placed. Running it allocates nothing. */
import { blocksOf, bytesOf, planMemory, rootOf, type Plan } from './plan';
import type { Graph, Pool, Tensor } from './graph';
import type { BufferRange, Engine, LaunchTime, Memory, Runnable } from './device';

/** Long-lived blocks by pool, each with the tensors it holds. A tensor's bytes start on a 256-byte border. */
export class Pools {
  private readonly blocks: Memory[] = [];
  private readonly places = new Map<Tensor, { memory: Memory; offset: number }>();

  /** @param shared pools this one can see as well: parameters that several programs use. Freed on their own. */
  constructor(readonly engine: Engine, private readonly shared?: Pools) {}

  /** Lays `tensors` out in new, zeroed blocks, as few as the device's limits allow; no other pool shares them. */
  create(pool: Pool, tensors: readonly Tensor[]): void {
    for (const group of blocksOf(tensors, this.engine.limits)) {
      const memory = this.engine.allocate(pool, group.bytes);
      this.blocks.push(memory);
      for (const { tensor, offset } of group.tensors) this.places.set(tensor, { memory, offset });
    }
  }

  rangeOf(tensor: Tensor): BufferRange {
    if (tensor.parts) throw new Error(`${tensor.name} can only be bound in parts`);
    const place = this.places.get(rootOf(tensor));
    if (!place && this.shared) return this.shared.rangeOf(tensor);
    if (!place) throw new Error(`${tensor.name} has no place in pool ${tensor.pool}`);
    return { memory: place.memory, offset: place.offset + tensor.offset * 4, size: bytesOf(tensor) };
  }

  /** @param from where in the tensor to start, in elements. */
  write(tensor: Tensor, data: Float32Array | Uint32Array, from = 0): void {
    const { memory, offset } = this.rangeOf(tensor);
    this.engine.write(memory, offset + from * 4, data);
  }

  /** Zeroes the whole block a tensor lies in. */
  clear(tensor: Tensor): void {
    this.engine.clear(this.rangeOf(tensor).memory);
  }

  read(tensors: readonly Tensor[]): Promise<ArrayBuffer[]> {
    return this.engine.read(tensors.map((tensor) => this.rangeOf(tensor)));
  }

  /** Bytes held, those of `shared` not counted. */
  bytes(): number {
    return this.blocks.reduce((sum, { size }) => sum + size, 0);
  }

  destroy(): void {
    for (const memory of this.blocks) memory.free();
  }
}

/** Blocks for temporaries, grown to the largest program that shares them. */
export class Arenas {
  readonly blocks: Memory[] = [];
  /** Outgrown, but still bound by programs compiled before: compile the largest program first. */
  private readonly outgrown: Memory[] = [];

  constructor(private readonly engine: Engine) {}

  reserve(plan: Plan): void {
    plan.arenas.forEach((bytes, i) => {
      if (this.blocks[i] && this.blocks[i].size >= bytes) return;
      if (this.blocks[i]) this.outgrown.push(this.blocks[i]);
      this.blocks[i] = this.engine.allocate(`arena ${i}`, bytes);
    });
  }

  bytes(): number {
    return [...this.blocks, ...this.outgrown].reduce((sum, { size }) => sum + size, 0);
  }

  destroy(): void {
    for (const memory of [...this.blocks, ...this.outgrown]) memory.free();
  }
}

export class Program {
  /** @param launches how many kernels a run starts, as WebGPU counts them. */
  private constructor(
    private readonly runnable: Runnable, private readonly engine: Engine, private readonly rangeOf: (tensor: Tensor) => BufferRange,
    readonly launches: number,
  ) {}

  /**
   * @param keep temporaries the host will read after a run.
   * @param arenas shared with other programs that never run at the same time; reserved to fit this one.
   */
  static async compile(graph: Graph, pools: Pools, arenas: Arenas, keep: readonly Tensor[] = []): Promise<Program> {
    const { engine } = pools;
    const lowered = engine.lower(graph.nodes);
    const plan = planMemory(lowered.uses, keep, engine.limits);
    arenas.reserve(plan);
    // Other programs may outgrow the arenas later: this one keeps the blocks it is bound to.
    const blocks = [...arenas.blocks];
    const rangeOf = (tensor: Tensor): BufferRange => {
      if (tensor.pool !== 'temp') return pools.rangeOf(tensor);
      const place = plan.places.get(rootOf(tensor));
      if (!place) throw new Error(`${tensor.name} is used by no kernel`);
      return { memory: blocks[place.arena], offset: place.offset + tensor.offset * 4, size: bytesOf(tensor) };
    };
    return new Program(await lowered.place(rangeOf), engine, rangeOf, lowered.uses.length);
  }

  /** Starts the program, `times` over. */
  run(times = 1): void {
    this.runnable.run(times);
  }

  /** How long each launch takes at best in `rounds`: other work on the machine only adds. What the program wrote is worth nothing afterwards. */
  async time(rounds: number): Promise<LaunchTime[]> {
    const best = await this.runnable.time();
    for (let round = 1; round < rounds; round++) {
      (await this.runnable.time()).forEach(({ ms }, i) => (best[i].ms = Math.min(best[i].ms, ms)));
    }
    return best;
  }

  /** Tensors as they are after all runs started so far. */
  read(tensors: readonly Tensor[]): Promise<ArrayBuffer[]> {
    return this.engine.read(tensors.map(this.rangeOf));
  }

  destroy(): void {
    this.runnable.free();
  }
}
