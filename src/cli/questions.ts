/** Questions from a file named on the command line, with what was left out told on stderr. */
import { basename } from 'node:path';
import { type Benchmark, readBenchmark } from '../data/benchmarks/benchmarks';
import { importDataset } from '../data/importDataset';
import type { RowProblem } from '../data/problems';
import type { Question } from '../data/types';
import { readNamedFile } from './folders';
import type { Terminal } from './terminal';

const TOLD_PROBLEMS = 5;

export interface ReadQuestions {
  questions: Question[];
  /** Rows with a problem, left out whole. */
  skipped: number;
  problems: RowProblem[];
}

/** Weights count only when their column is named, so that a plain run stays plain whatever columns the file has. */
export async function readQuestions(path: string, terminal: Terminal, weightField?: string): Promise<ReadQuestions> {
  const bytes = await readNamedFile(path);
  const name = basename(path);
  const detected = importDataset(bytes, name);
  const { mapping } = detected;
  const read = mapping.weight === weightField ? detected : importDataset(bytes, name, { ...mapping, weight: weightField });
  if (weightField === undefined && mapping.weight !== undefined) {
    terminal.note(`The column "${mapping.weight}" is not used; --weight-field ${mapping.weight} weights the loss by it.`);
  }
  tellLeftOut(terminal, name, read.problems, read.skipped);
  return { questions: read.rows, skipped: read.skipped, problems: read.problems };
}

/** The first problems by line, and how many rows they cost. */
export function tellLeftOut(terminal: Terminal, name: string, problems: readonly RowProblem[], skipped: number): void {
  for (const { line, message } of problems.slice(0, TOLD_PROBLEMS)) terminal.note(`${name}, line ${line} is left out: ${message}`);
  if (skipped > TOLD_PROBLEMS) terminal.note(`${skipped} rows of ${name} are left out in all.`);
}

/** A published test set's questions, with what is odd about the file told on stderr. */
export async function readNamedBenchmark(benchmark: Benchmark, path: string, terminal: Terminal): Promise<ReadQuestions & { notices: string[] }> {
  const { questions, problems, notices } = readBenchmark(benchmark, await readNamedFile(path), basename(path));
  notices.forEach((notice) => terminal.note(notice));
  return { questions, skipped: problems.length, problems, notices };
}
