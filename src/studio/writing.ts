/** New rows for an arm, written by the project's teacher: questions with several solutions, or answers told anew. Replies come from the ledger where it has them. */
import { StudioError } from '../core/errors';
import type { Question } from '../data/types';
import { loadGrader } from '../grade/graders';
import type { ArmContext } from '../stat/arms';
import {
  acceptRewritten, acceptWritten, augmentRequests, synthesisDefaults, writeRequestsFor, type Accepted, type RewriteRequest, type WriteRequest, type Written,
} from '../stat/synthesise';
import type { ArmSpec, NewRow, WritingCounts } from '../stat/types';
import type { Teacher } from '../teacher/types';
import type { RowOutcome } from '../teacher/runner/rows';
import { askRows } from './askRows';
import type { Job } from './job';
import { fits } from './stages/data';

export interface WrittenForArm {
  rows: NewRow[];
  writing: WritingCounts;
  /** Replies asked for: a question and its solutions, or one rewriting. */
  teacherReplies: number;
}

/** Throws `studio-teacher-cannot-write`, and what a job of a teacher throws. */
export async function writtenFor(job: Job, arm: ArmSpec, context: ArmContext): Promise<WrittenForArm> {
  const grader = await loadGrader(job.project.grader);
  const same = (a: string, b: string): boolean => grader(a, b).correct;
  const { pool, seed } = context;
  if (arm.kind === 'augment') {
    const requests = augmentRequests(pool, context.presentations, seed).map((request) => ({ ...request, id: `${request.row}/${request.draw}` }));
    const outcomes = await askRows(job, job.left[0].title, requests, (teacher, { id: _, ...request }) => retold(teacher, request));
    return counted(job, outcomes, acceptRewritten(pool, values(outcomes), same), 1);
  }
  const requests = writeRequestsFor(arm, context, await job.skills());
  const outcomes = await askRows(job, job.left[0].title, requests.map((request) => ({ ...request, id: request.row })),
    (teacher, { id: _, ...request }) => written(teacher, request));
  const evaluation = (await Promise.all([...(await job.evaluationSets()), 'validation' as const].map((set) => job.questions(set)))).flat();
  return counted(job, outcomes, acceptWritten(values(outcomes), pool, evaluation, same), 1 + synthesisDefaults.solutions);
}

/** One new question and its solutions, each asked for by itself. */
export async function written(teacher: Teacher, request: WriteRequest): Promise<Written> {
  const { question } = await writer(teacher, 'write')(request);
  const solve = writer(teacher, 'solve');
  const draws = Array.from({ length: synthesisDefaults.solutions }, (_, draw) => solve({ question, draw, row: request.row }));
  return { request, question, solutions: await Promise.all(draws) };
}

/** One answer told anew. */
export async function retold(teacher: Teacher, request: RewriteRequest): Promise<{ row: string; answer: string }> {
  return { row: request.row, answer: (await writer(teacher, 'rewrite')(request)).answer };
}

function writer<Task extends 'write' | 'solve' | 'rewrite'>(teacher: Teacher, task: Task): NonNullable<Teacher[Task]> {
  const found = teacher[task];
  if (found) return found;
  throw new StudioError('studio-teacher-cannot-write', `${teacher.name} writes no questions and no answers.`, {
    kept: 'Everything built before this arm is kept.', remedy: 'Choose a language model as teacher, or leave out the arms it writes for.',
  });
}

/** Of the rows that ended well. */
export function values<Out>(outcomes: readonly RowOutcome<Out>[]): Out[] {
  return outcomes.flatMap((outcome) => ('value' in outcome ? [outcome.value] : []));
}

async function counted(job: Job, outcomes: readonly RowOutcome<unknown>[], { rows, counts }: Accepted, replies: number): Promise<WrittenForArm> {
  const student = await job.student();
  const short = rows.filter((row: Question) => fits(student, row));
  return {
    rows: short,
    writing: {
      ...counts, asked: outcomes.length, failed: outcomes.filter((outcome) => 'failure' in outcome).length, rows: short.length,
      dropped: { ...counts.dropped, tooLong: rows.length - short.length },
    },
    teacherReplies: outcomes.length * replies,
  };
}
