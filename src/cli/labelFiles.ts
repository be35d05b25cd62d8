/** What labelling by a teacher leaves on disk: the labelled rows, and those that failed. */
import { join } from 'node:path';
import * as v from 'valibot';
import type { Labelled } from '../studio/labelQuestions';
import type { RowFailure } from '../teacher/runner/rows';
import { readIfThere } from './folders';
import { writePieces } from './lines';

/** Names that no table of the store has, which is kept in the same folder. */
export const LABELLED = 'labelled.jsonl';
export const FAILURES = 'failures.jsonl';

const Failure = v.object({ row: v.string(), code: v.string(), message: v.string(), at: v.number() });

export async function writeLabels(folder: string, labelled: Labelled['labelled'], failures: readonly RowFailure[]): Promise<void> {
  const line = (row: object) => `${JSON.stringify(row)}\n`;
  await writePieces(join(folder, LABELLED), labelled.map(line));
  await writePieces(join(folder, FAILURES), failures.map(line));
}

/** The rows that failed last time. */
export async function failuresIn(folder: string): Promise<RowFailure[]> {
  const bytes = await readIfThere(join(folder, FAILURES));
  if (!bytes) return [];
  const lines = new TextDecoder().decode(bytes).split('\n').filter((line) => line !== '');
  return lines.map((line) => v.parse(Failure, JSON.parse(line)));
}

/** How many failed, by reason. */
export function reasonsOf(failures: readonly RowFailure[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { code } of failures) counts[code] = (counts[code] ?? 0) + 1;
  return counts;
}
