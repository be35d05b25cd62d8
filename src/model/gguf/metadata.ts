/** Typed reading of a GGUF file's metadata; what is missing or of another kind is refused by its key. */
import { StudioError } from '../../core/errors';
import type { GgufList, GgufValue } from './header';

export class GgufMetadata {
  constructor(private readonly values: ReadonlyMap<string, GgufValue>, readonly file: string) {}

  has(key: string): boolean {
    return this.values.has(key);
  }

  text(key: string): string | undefined {
    return this.of(key, 'a text', (value) => (typeof value === 'string' ? value : undefined));
  }

  flag(key: string): boolean | undefined {
    return this.of(key, 'true or false', (value) => (typeof value === 'boolean' ? value : undefined));
  }

  number(key: string): number | undefined {
    return this.of(key, 'a number', (value) => {
      if (typeof value !== 'number' && typeof value !== 'bigint') return undefined;
      const found = Number(value);
      return Number.isFinite(found) ? shortest(found) : undefined;
    });
  }

  needed(key: string): number {
    const value = this.number(key);
    if (value === undefined) throw this.bad(`The metadata of the GGUF file lacks ${key}.`);
    return value;
  }

  texts(key: string): string[] | undefined {
    return this.list(key, 'a list of texts', (entry) => typeof entry === 'string') as string[] | undefined;
  }

  numbers(key: string): number[] | undefined {
    return this.list(key, 'a list of numbers', (entry) => typeof entry === 'number') as number[] | undefined;
  }

  bad(what: string): StudioError {
    return new StudioError('model-bad-weights', what, { where: this.file, kept: 'Nothing was loaded.' });
  }

  private list(key: string, kind: string, fits: (entry: GgufList[number]) => boolean): GgufList | undefined {
    return this.of(key, kind, (value) => (Array.isArray(value) && value.every(fits) ? value : undefined));
  }

  private of<T>(key: string, kind: string, take: (value: GgufValue) => T | undefined): T | undefined {
    const value = this.values.get(key);
    if (value === undefined) return undefined;
    const taken = take(value);
    if (taken === undefined) throw this.bad(`In the metadata of the GGUF file, ${key} is not ${kind}.`);
    return taken;
  }
}

/** A number that came as an f32, as it was written: 1e-5 in place of 0.000009999999747378752. */
function shortest(value: number): number {
  for (let digits = 1; digits < 9; digits++) {
    const decimal = Number(value.toPrecision(digits));
    if (Math.fround(decimal) === value) return decimal;
  }
  return value;
}
