/** Choices of kernels as they are kept: read with care, since files and stores outlive the code that wrote them. */
import * as v from 'valibot';
import type { AdapterReport } from './device';
import type { KernelChoices } from './graph';

const word = v.pipe(v.string(), v.maxLength(64));
const Choices = v.record(word, word);

/** Undefined where `json` is something else. */
export function readKernelChoices(json: unknown): KernelChoices | undefined {
  if (Array.isArray(json)) return undefined;
  const read = v.safeParse(Choices, json);
  return read.success ? read.output : undefined;
}

/** The adapter's name in a path or a key: letters, digits and dashes. */
export function adapterKey({ vendor, architecture, description }: AdapterReport): string {
  return [vendor, architecture, description].join('-').toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^-+|-+$/g, '').slice(0, 120) || 'unknown';
}
