/** Choices of kernels as they are kept: read with care, since files and stores outlive the code that wrote them. */
import * as v from 'valibot';
import type { AdapterReport } from './device';
import type { KernelChoices } from './graph';
import { PACKINGS } from './packing';

const word = v.pipe(v.string(), v.maxLength(64));
const side = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(2 ** 31));
const MOST_CLASSES = 1000;
const Choices = v.record(word, word);
const Shape = v.object({ layout: v.picklist(['nt', 'nn', 'tn']), m: side, n: side, k: side, packing: v.optional(v.picklist(PACKINGS)) });
const Tuned = v.object({
  /** Milliseconds since 1970, and how long was spent in all. */
  tunedAt: v.number(),
  spentMs: v.number(),
  /** By class of shapes: what was timed, the winner and its 10⁹ sums and products a second. */
  classes: v.pipe(v.array(v.object({ shape: Shape, kernel: word, gflops: v.number() })), v.maxLength(MOST_CLASSES)),
  /** In use, and not timed yet. */
  left: v.pipe(v.array(Shape), v.maxLength(MOST_CLASSES)),
});

/** What the tuner found on an adapter, as a store keeps it. */
export type TunedKernels = v.InferOutput<typeof Tuned>;

/** Undefined where `json` is something else. */
export function readKernelChoices(json: unknown): KernelChoices | undefined {
  if (Array.isArray(json)) return undefined;
  const read = v.safeParse(Choices, json);
  return read.success ? read.output : undefined;
}

/** Undefined where `row` is something else. */
export function readTunedKernels(row: unknown): TunedKernels | undefined {
  const read = v.safeParse(Tuned, row);
  return read.success ? read.output : undefined;
}

/** The adapter's name in a path or a key: letters, digits and dashes. */
export function adapterKey({ vendor, architecture, description }: AdapterReport): string {
  return [vendor, architecture, description].join('-').toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^-+|-+$/g, '').slice(0, 120) || 'unknown';
}
