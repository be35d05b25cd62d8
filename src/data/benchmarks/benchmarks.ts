/** The published test sets the paper measures on: how each is shaped, which grader fits, and how it is counted. */
import * as v from 'valibot';
import { StudioError } from '../../core/errors';
import { hashText } from '../../core/hash';
import { readTable } from '../importDataset';
import { limits, quoted } from '../problems';
import type { RawRow, RowProblem } from '../problems';
import type { Question } from '../types';

export type BenchmarkName = 'math' | 'math-500' | 'gsm8k' | 'amc23' | 'aime24' | 'aime25' | 'math-perturb' | 'math2' | 'svamp';

export interface Benchmark {
  name: BenchmarkName;
  title: string;
  /** Rows of the whole published test set; a file with another number is read, and the difference told. */
  size?: number;
  grader: 'math' | 'numeric';
  /** As the paper counts it. */
  measure: 'pass@1' | 'avg@64' | 'pass@64';
  read(row: Row): { question: string; answer: string; skills: string[]; id?: string } | undefined;
}

type Row = Record<string, unknown>;

const Text = v.pipe(v.union([v.string(), v.number()]), v.transform(String), v.maxLength(limits.fieldBytes / 3));

function text(row: Row, ...names: string[]): string | undefined {
  for (const name of names) {
    const found = v.safeParse(Text, row[name]);
    if (found.success && found.output.trim() !== '') return found.output;
  }
  return undefined;
}

/** The last box of a solution is its answer; where there is an answer apart, it goes below the working, in a box of its own. */
function boxed(solution: string | undefined, final: string | undefined): string | undefined {
  if (final === undefined) return solution?.includes('\\boxed') ? solution : undefined;
  return solution?.includes(`\\boxed{${final}}`) ? solution : `${solution === undefined ? '' : `${solution}\n`}\\boxed{${final}}`;
}

/** `problem`, `solution`, `answer`, under the spellings in use. MATH's `type` or `subject` becomes the main skill. */
function mathRow(row: Row): ReturnType<Benchmark['read']> {
  const question = text(row, 'problem', 'question', 'Problem', 'Question');
  const answer = boxed(text(row, 'solution', 'Solution'), text(row, 'answer', 'Answer', 'expected_answer'));
  const skill = text(row, 'subject', 'type');
  const skills = [text(row, 'skill_1', 'skill1', 'Skill 1'), text(row, 'skill_2', 'skill2', 'Skill 2')].filter((one) => one !== undefined);
  if (question === undefined || answer === undefined) return undefined;
  return { question, answer, skills: skills.length > 0 ? skills : skill === undefined ? [] : [skill], id: text(row, 'unique_id', 'id', 'ID', 'problem_idx') };
}

function gsm8kRow(row: Row): ReturnType<Benchmark['read']> {
  const question = text(row, 'question');
  const answer = text(row, 'answer');
  return question === undefined || !answer?.includes('####') ? undefined : { question, answer, skills: [] };
}

function svampRow(row: Row): ReturnType<Benchmark['read']> {
  const body = text(row, 'Body');
  const question = text(row, 'Question');
  const answer = text(row, 'Answer');
  if (question === undefined || answer === undefined) return undefined;
  // The published file spells one operation in two ways.
  const skill = text(row, 'Type')?.replace('Common-Divison', 'Common-Division');
  const asked = body === undefined ? question : `${body.trim().replace(/(?<=\w)$/, '.')} ${question}`;
  return { question: asked, answer: `#### ${answer}`, skills: skill === undefined ? [] : [skill], id: text(row, 'ID') };
}

export const benchmarks: readonly Benchmark[] = [
  { name: 'math', title: 'MATH', size: 5000, grader: 'math', measure: 'pass@1', read: mathRow },
  { name: 'math-500', title: 'MATH-500', size: 500, grader: 'math', measure: 'pass@1', read: mathRow },
  { name: 'gsm8k', title: 'GSM8K', size: 1319, grader: 'numeric', measure: 'pass@1', read: gsm8kRow },
  { name: 'amc23', title: 'AMC 2023', size: 40, grader: 'math', measure: 'avg@64', read: mathRow },
  { name: 'aime24', title: 'AIME 2024', size: 30, grader: 'math', measure: 'pass@64', read: mathRow },
  { name: 'aime25', title: 'AIME 2025', size: 30, grader: 'math', measure: 'pass@64', read: mathRow },
  { name: 'math-perturb', title: 'MATH-Perturb', size: 279, grader: 'math', measure: 'pass@1', read: mathRow },
  { name: 'math2', title: 'MATH²', size: 210, grader: 'math', measure: 'pass@1', read: mathRow },
  { name: 'svamp', title: 'SVAMP', size: 1000, grader: 'numeric', measure: 'pass@1', read: svampRow },
];

/** Throws `data-unknown-benchmark`. */
export function benchmarkByName(name: string): Benchmark {
  const found = benchmarks.find((one) => one.name === name);
  if (found) return found;
  throw new StudioError('data-unknown-benchmark', `There is no benchmark ${quoted(name)}.`, { remedy: `Use one of ${benchmarks.map((one) => one.name).join(', ')}.` });
}

export interface ReadBenchmark {
  questions: Question[];
  problems: RowProblem[];
  notices: string[];
}

/** A published file, JSONL, JSON list or CSV. Throws `data-no-usable-rows`, and what `readTable` throws. */
export function readBenchmark(benchmark: Benchmark, bytes: Uint8Array, name: string): ReadBenchmark {
  const table = readTable(bytes, name);
  const questions: Question[] = [];
  const problems: RowProblem[] = [...table.problems];
  const ids = new Map<string, number>();
  for (const row of table.rows) {
    const read = benchmark.read(fieldsOf(row));
    if (!read) {
      problems.push({ line: row.line, message: `This row has not the shape of ${benchmark.title}: it lacks a question or a final answer.` });
      continue;
    }
    const base = (read.id ?? hashText(read.question)).slice(0, limits.idCharacters);
    const before = ids.get(base) ?? 0;
    ids.set(base, before + 1);
    questions.push({ id: before === 0 ? base : `${base}~${before + 1}`, question: read.question, answer: read.answer, skills: read.skills });
  }
  if (questions.length === 0) {
    throw new StudioError('data-no-usable-rows', `No row of ${quoted(name)} has the shape of ${benchmark.title}.`, {
      where: problems[0] && `line ${problems[0].line}`, kept: 'Nothing was imported.', remedy: 'Choose the benchmark the file is of.',
    });
  }
  const { size } = benchmark;
  const notices = size === undefined || size === questions.length ? [] : [`${benchmark.title} has ${size} questions as published; this file has ${questions.length}.`];
  return { questions, problems, notices: [...table.notices, ...notices] };
}

function fieldsOf(row: RawRow): Row {
  return Object.fromEntries([...row.fields].filter(([name]) => name !== '__proto__'));
}
