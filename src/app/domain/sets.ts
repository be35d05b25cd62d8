/** The sets of a project by name, in the order people read them. */
import { benchmarks } from '../../data/benchmarks/benchmarks';
import type { Question, Splits } from '../../data/types';

export function setNames(splits: Splits): string[] {
  return ['pool', 'validation', 'test', ...Object.keys(splits.outOfDistribution).map((name) => `ood:${name}`)];
}

export function questionsOf(splits: Splits, name: string): readonly Question[] {
  if (name === 'pool' || name === 'validation' || name === 'test') return splits[name];
  return splits.outOfDistribution[name.slice('ood:'.length)] ?? [];
}

/** `Test`, `Out: larger`, `GSM8K`. */
export function setTitle(name: string): string {
  if (name.startsWith('ood:')) {
    const brought = benchmarks.find((benchmark) => name === `ood:${benchmark.name}`);
    return brought ? brought.title : `Out: ${name.slice('ood:'.length)}`;
  }
  return name[0].toUpperCase() + name.slice(1);
}
