/** Seeded randomness. Every random choice in the studio names its stream, so that adding one never shifts another. */

/** Mixes a 32-bit integer (Murmur3's finaliser). */
function mix(h: number): number {
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** A 32-bit seed from a number and any labels: `seedOf(3, 'pool')` and `seedOf(3, 'test')` are unrelated. */
export function seedOf(seed: number, ...labels: (string | number)[]): number {
  let h = mix((seed >>> 0) + 0x9e3779b9);
  for (const label of labels) {
    const text = String(label);
    for (let i = 0; i < text.length; i++) h = mix(h ^ Math.imul(text.charCodeAt(i) + 1, 0x9e3779b1));
    h = mix(h ^ text.length);
  }
  return h;
}

/** sfc32: small, fast, passes PractRand; four 32-bit words of state that can be saved. */
export class Random {
  private a: number;
  private b: number;
  private c: number;
  private d: number;

  constructor(seed: number, ...labels: (string | number)[]) {
    const s = seedOf(seed, ...labels);
    this.a = mix(s ^ 0x1);
    this.b = mix(s ^ 0x2b);
    this.c = mix(s ^ 0x3c5);
    this.d = 1;
    for (let i = 0; i < 12; i++) this.u32();
  }

  /** The next 32-bit unsigned integer. */
  u32(): number {
    const t = (this.a + this.b + this.d) | 0;
    this.d = (this.d + 1) | 0;
    this.a = this.b ^ (this.b >>> 9);
    this.b = (this.c + (this.c << 3)) | 0;
    this.c = ((this.c << 21) | (this.c >>> 11)) + t | 0;
    return t >>> 0;
  }

  /** Uniform in [0, 1), 32 bits. */
  float(): number {
    return this.u32() / 4294967296;
  }

  /** Uniform integer in [0, n). Throws on n < 1. */
  below(n: number): number {
    if (!(n >= 1)) throw new RangeError(`below(${n}): needs at least one value`);
    return Math.floor(this.float() * n);
  }

  /** Uniform integer in [low, high], both ends included. */
  between(low: number, high: number): number {
    return low + this.below(high - low + 1);
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)];
  }

  /** Index drawn with probability proportional to `weights` (non-negative, not all zero). */
  weighted(weights: ArrayLike<number>): number {
    let total = 0;
    for (let i = 0; i < weights.length; i++) total += weights[i];
    if (!(total > 0)) throw new RangeError('weighted(): all weights are zero');
    let at = this.float() * total;
    let last = 0;
    for (let i = 0; i < weights.length; i++) {
      if (weights[i] <= 0) continue;
      last = i;
      at -= weights[i];
      if (at < 0) return i;
    }
    return last;
  }

  /** Standard normal (Box–Muller, one value a call so that the state stays four words). */
  normal(): number {
    const u = 1 - this.float();
    return Math.sqrt(-2 * Math.log(u)) * Math.cos(2 * Math.PI * this.float());
  }

  /** Fisher–Yates in place; returns its argument. */
  shuffle<T>(items: T[]): T[] {
    for (let i = items.length - 1; i > 0; i--) {
      const j = this.below(i + 1);
      [items[i], items[j]] = [items[j], items[i]];
    }
    return items;
  }

  save(): number[] {
    return [this.a, this.b, this.c, this.d];
  }

  restore(state: readonly number[]): void {
    [this.a, this.b, this.c, this.d] = state;
  }
}
