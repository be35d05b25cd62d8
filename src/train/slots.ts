/** The slots of a generator: what the host knows of them between submits, and the program that moves them on. */
import { NO_SLOT, type SlotState } from '../gpu/ops/cache';
import type { Pools, Program } from '../gpu/program';

/** Steps have as many rows as there are slots, or half of it, and so on down to this many: below, a row costs next to nothing. */
const FEWEST_ROWS = 8;

export interface Answer {
  ids: number[];
  /** Stopped at the limit, not at an end-of-text token. */
  truncated: boolean;
}

/** Rows of the steps that slots left at work may move to, largest first. */
export function smallerSteps(slots: number): number[] {
  const sizes: number[] = [];
  for (let rows = Math.ceil(slots / 2); rows >= FEWEST_ROWS; rows = Math.ceil(rows / 2)) sizes.push(rows);
  return sizes;
}

/** Rows of the smallest step that so many slots fit in; else `rows`. */
export function rowsFor(busy: number, rows: number): number {
  return smallerSteps(rows).filter((size) => size >= busy).at(-1) ?? rows;
}

/** The host's copy of the slots between submits. Row and slot are the same until those at work have moved together. */
export class SlotHost {
  readonly tokens: Uint32Array;
  readonly positions: Uint32Array;
  readonly active: Uint32Array;
  readonly requests: Uint32Array;
  readonly written: Uint32Array;
  private readonly held: (number | undefined)[];

  constructor(readonly rows: number, private readonly limit: number, private readonly context: number) {
    this.tokens = new Uint32Array(rows);
    this.positions = new Uint32Array(rows);
    this.active = new Uint32Array(rows).fill(NO_SLOT);
    this.requests = new Uint32Array(2 * rows);
    this.written = new Uint32Array(rows * (limit + 2));
    this.held = Array.from({ length: rows });
  }

  /** How many are at work. */
  busy(): number {
    return this.held.filter((request) => request !== undefined).length;
  }

  /** Those at work, in as many rows, which have to be enough; where their keys and values lie stays the same. */
  movedTo(rows: number): SlotHost {
    const moved = new SlotHost(rows, this.limit, this.context);
    let to = 0;
    this.held.forEach((request, row) => {
      if (request === undefined) return;
      moved.held[to] = request;
      for (const name of ['tokens', 'positions', 'active'] as const) moved[name][to] = this[name][row];
      moved.requests.set(this.requests.subarray(2 * row, 2 * row + 2), 2 * to);
      moved.row(to++).set(this.row(row));
    });
    return moved;
  }

  isFree(slot: number): boolean {
    return this.held[slot] === undefined;
  }

  assign(slot: number, request: number, prompt: readonly number[]): void {
    this.held[slot] = request;
    this.tokens[slot] = prompt[prompt.length - 1];
    this.positions[slot] = prompt.length - 1;
    this.active[slot] = slot;
    this.requests.set([request, Math.min(this.limit, this.context - prompt.length)], 2 * slot);
    this.row(slot).fill(0);
  }

  /** What every slot in use has written. */
  each(told: (request: number, ids: number[]) => void): void {
    this.held.forEach((request, slot) => {
      const row = this.row(slot);
      if (request !== undefined) told(request, [...row.subarray(2, 2 + row[0])]);
    });
  }

  /** Takes finished answers out of their slots. */
  collect(): { request: number; answer: Answer }[] {
    return this.held.flatMap((request, slot) => {
      if (request === undefined || this.active[slot] !== NO_SLOT) return [];
      this.held[slot] = undefined;
      const [count, finished] = this.row(slot);
      return [{ request, answer: { ids: [...this.row(slot).subarray(2, 2 + count)], truncated: finished === 2 } }];
    });
  }

  private row(slot: number): Uint32Array {
    return this.written.subarray(slot * (this.limit + 2), (slot + 1) * (this.limit + 2));
  }
}

export class StepProgram {
  constructor(readonly program: Program, private readonly pools: Pools, private readonly state: SlotState) {}

  write(host: SlotHost): void {
    for (const name of ['tokens', 'positions', 'active', 'requests', 'written'] as const) this.pools.write(this.state[name], host[name]);
  }

  run(steps: number): void {
    this.program.run(steps);
  }

  async read(host: SlotHost): Promise<void> {
    const names = ['tokens', 'positions', 'active', 'written'] as const;
    const read = await this.pools.read(names.map((name) => this.state[name]));
    names.forEach((name, i) => host[name].set(new Uint32Array(read[i])));
  }

  destroy(): void {
    this.program.destroy();
    this.pools.destroy();
  }
}
