/** Memory that kernels use while they run: what the threads of a launch share, one block for all programs, and what each has to itself. */
import type { Memory } from '../device';

export class Scratch<Block extends Memory> {
  private own: Block[] = [];
  private shared?: { block: Block; users: number };

  constructor(private readonly allocate: (bytes: number) => Block, private readonly threads: number) {}

  /** Sees to it that every thread has at least so many floats of its own. @returns the threads' blocks where they have moved. */
  reserveOwn(floats: number): readonly Block[] | undefined {
    if (this.own.length > 0 && this.own[0].size >= 4 * floats) return undefined;
    for (const block of this.own) block.free();
    this.own = Array.from({ length: this.threads }, () => this.allocate(4 * floats));
    return this.own;
  }

  /** At least so many floats, which no two programs use at once. A block that has become too small serves those that have it. */
  take(floats: number): { block: Block; free: () => void } {
    if (!this.shared || this.shared.block.size < 4 * floats) {
      this.shared = { block: this.allocate(4 * floats), users: 0 };
    }
    const taken = this.shared;
    taken.users++;
    return { block: taken.block, free: () => this.release(taken) };
  }

  private release(taken: { block: Block; users: number }): void {
    if (--taken.users > 0) return;
    taken.block.free();
    if (this.shared === taken) this.shared = undefined;
  }
}
