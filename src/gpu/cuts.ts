/**
 * How much of a program goes to the adapter in one submit: cut so that each takes about 15 ms by what its launches took before. A page
 * that shares the adapter stays smooth, and a driver that ends long work never sees any. A launch that takes longer alone stays whole.
 */

/** What a submit is meant to take. */
export const SUBMIT_MS = 15;
/** Until a launch was measured. */
const UNKNOWN_MS = 1;
const LEAST_MS = 1e-3;
/** Ends told closer together than this may have been heard late, all at once: they count as one. */
const TOLD_TOGETHER_MS = 1;
/** Runs measured at first, and how often after that. */
const FIRST_RUNS = 6;
const EVERY = 64;

export class Cuts {
  private readonly costs: Float64Array;
  private runs = 0;
  /** By how often the program is run in one go. */
  private readonly kept = new Map<number, readonly number[]>();

  constructor(private readonly launches: number) {
    this.costs = new Float64Array(launches).fill(UNKNOWN_MS);
  }

  /** Where each submit ends: launches of `times` runs, counted through. */
  ends(times: number): readonly number[] {
    let ends = this.kept.get(times);
    if (!ends) this.kept.set(times, (ends = this.cut(times)));
    return ends;
  }

  /** Whether the run that comes is one to be measured. */
  wanted(): boolean {
    return this.runs < FIRST_RUNS || this.runs % EVERY === 0;
  }

  /** To be called once a run. */
  count(): void {
    this.runs++;
  }

  /**
   * @param ends as they were given for the run.
   * @param told when the work before it was done, and then each submit, in ms.
   */
  learn(ends: readonly number[], told: readonly number[]): void {
    let from = 0;
    let since = told[0];
    ends.forEach((end, i) => {
      const together = i + 1 < ends.length && told[i + 2] - told[i + 1] < TOLD_TOGETHER_MS;
      if (together) return;
      this.spread(from, end, told[i + 1] - since);
      from = end;
      since = told[i + 1];
    });
    this.kept.clear();
  }

  private spread(from: number, end: number, ms: number): void {
    let sum = 0;
    for (let i = from; i < end; i++) sum += this.costs[i % this.launches];
    const factor = ms / sum;
    // Where it went round more than once, each launch is corrected once.
    for (let i = from; i < Math.min(end, from + this.launches); i++) {
      const at = i % this.launches;
      this.costs[at] = Math.max(LEAST_MS, this.costs[at] * factor);
    }
  }

  private cut(times: number): number[] {
    const ends: number[] = [];
    const total = this.launches * times;
    let sum = 0;
    for (let i = 0; i < total; i++) {
      const cost = this.costs[i % this.launches];
      if (sum > 0 && sum + cost > SUBMIT_MS) {
        ends.push(i);
        sum = 0;
      }
      sum += cost;
    }
    ends.push(total);
    return ends;
  }
}
