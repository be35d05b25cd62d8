/** One row through any of the prompts: what each of them is asked about, and how its reply is read. */
import type { Skill } from '../../../data/types';
import type { CallThrough } from '../../../teacher/callThrough';
import type { ChatRequest } from '../../../teacher/chat';
import { ask, requestFor } from '../../../teacher/chatTeacher';
import type { Edited, PromptName } from '../../../teacher/prompts';
import { grade, judge, score } from '../../../teacher/tasks/judging';
import { cluster, label, relabel } from '../../../teacher/tasks/skills';
import type { ChatTask } from '../../../teacher/tasks/task';
import { rewrite, solve, write } from '../../../teacher/tasks/writing';

export interface TriedRow {
  question: string;
  /** The student's; where a text is written from one, the reference. */
  answer: string;
  reference: string;
  skills: Skill[];
}

/** What of a row a prompt is shown. */
export const SHOWN: Record<PromptName, readonly (keyof TriedRow)[]> = {
  label: ['question', 'skills'],
  judge: ['question', 'answer', 'skills'],
  grade: ['question', 'answer', 'reference'],
  name: ['question'],
  cluster: ['skills'],
  relabel: ['question', 'skills'],
  score: ['question', 'answer'],
  write: ['question', 'answer', 'skills'],
  solve: ['question'],
  rewrite: ['question', 'answer'],
};

export interface Tried {
  /** As it would be sent. Throws `teacher-bad-prompt`, `row-too-long`. */
  request(): ChatRequest;
  /** The reply as it is taken. Throws as `ask`. */
  ask(through: CallThrough): Promise<object>;
}

export function tried(which: PromptName, { question, answer, reference, skills }: TriedRow, edited: Edited): Tried {
  const of = <Request extends { row?: string; draw?: number }, Reply extends object>(task: ChatTask<Request, Reply>, request: Request): Tried => ({
    request: () => requestFor(task, request, edited).request,
    ask: (through) => ask(task, request, through, edited),
  });
  const [skill = { name: '', description: '' }] = skills;
  switch (which) {
    case 'label': return of(label, { question, skills });
    case 'judge': return of(judge, { question, response: answer, skills });
    case 'grade': return of(grade, { question, response: answer, reference });
    case 'name': return of(label, { question, skills: [] });
    case 'cluster': return of(cluster, { names: skills.map(({ name }) => name), most: Math.max(1, Math.ceil(skills.length / 2)) });
    case 'relabel': return of(relabel, { question, skills });
    case 'score': return of(score, { question, steps: answer.split(/[;\n]+/).filter((step) => step.trim() !== '') });
    case 'write': return of(write, { skill, parents: [{ question, answer }] });
    case 'solve': return of(solve, { question });
    case 'rewrite': return of(rewrite, { question, answer });
  }
}
