/** Which texts are near copies of which: exact overlap of word n-grams, found fast by minhash bands. */
import { normaliseQuestion } from './split';

/** Words and single signs of the normalised text: `3x+2` is four. */
export function tokensOf(text: string): string[] {
  return normaliseQuestion(text).match(/\p{L}+|\p{N}+|[^\s\p{L}\p{N}]/gu) ?? [];
}

/** Distinct n-grams as 32-bit hashes; a text shorter than n is one gram. */
export function gramsOf(text: string, n: number): Set<number> {
  const tokens = tokensOf(text);
  const grams = new Set<number>();
  if (tokens.length === 0) return grams;
  for (let i = 0; i + Math.min(n, tokens.length) <= tokens.length; i++) grams.add(hash(tokens.slice(i, i + n).join(' ')));
  return grams;
}

/** |both| / |either|, 0 for two empty sets. */
export function jaccard(a: ReadonlySet<number>, b: ReadonlySet<number>): number {
  const [small, large] = a.size <= b.size ? [a, b] : [b, a];
  let both = 0;
  for (const gram of small) if (large.has(gram)) both++;
  return a.size + b.size === 0 ? 0 : both / (a.size + b.size - both);
}

/** |both| / |a|: how much of `a` is in `b`. */
export function containment(a: ReadonlySet<number>, b: ReadonlySet<number>): number {
  let both = 0;
  for (const gram of a) if (b.has(gram)) both++;
  return a.size === 0 ? 0 : both / a.size;
}

export interface NearCopy {
  /** Position among the texts indexed. */
  index: number;
  /** Jaccard of the two sets of n-grams. */
  similarity: number;
}

const bands = 32;
const rowsPerBand = 3;

/**
 * Texts indexed by minhash bands: `nearest` looks only at texts that share a band, and computes the true similarity of those. At a
 * similarity of 0.5 a pair is missed once in 70; at 0.7 about once in a million. Equal texts are never missed.
 */
export class NearCopies {
  private readonly grams: Set<number>[];
  private readonly buckets = Array.from({ length: bands }, () => new Map<number, number[]>());

  constructor(texts: readonly string[], private readonly n = 3) {
    this.grams = texts.map((text) => gramsOf(text, n));
    this.grams.forEach((grams, index) => {
      if (grams.size === 0) return;
      signature(grams).forEach((key, band) => {
        const bucket = this.buckets[band].get(key);
        if (bucket) bucket.push(index);
        else this.buckets[band].set(key, [index]);
      });
    });
  }

  /** The most similar text; of equals the first. Undefined where none shares a band. */
  nearest(text: string): NearCopy | undefined {
    const grams = gramsOf(text, this.n);
    if (grams.size === 0) return undefined;
    const candidates = new Set(signature(grams).flatMap((key, band) => this.buckets[band].get(key) ?? []));
    let best: NearCopy | undefined;
    for (const index of [...candidates].sort((a, b) => a - b)) {
      const similarity = jaccard(grams, this.grams[index]);
      if (!best || similarity > best.similarity) best = { index, similarity };
    }
    return best;
  }
}

/** One key a band: the least hash of the grams under each of its permutations, mixed. */
function signature(grams: ReadonlySet<number>): number[] {
  return Array.from({ length: bands }, (_, band) => {
    let key = 0x811c9dc5;
    for (let row = 0; row < rowsPerBand; row++) {
      const salt = Math.imul(band * rowsPerBand + row + 1, 0x9e3779b1);
      let least = 0xffffffff;
      for (const gram of grams) least = Math.min(least, mix(gram ^ salt));
      key = mix(key ^ least);
    }
    return key;
  });
}

function hash(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return mix(h);
}

function mix(h: number): number {
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
