/** Writing: a new question that stresses a skill, a solution, a solution told anew. Every draw is another seed. */
import * as v from 'valibot';
import { Rejection } from '../rejection';
import type { RewriteReply, RewriteRequest, SolveReply, SolveRequest, WriteReply, WriteRequest } from '../types';
import { plainText, readReply, reason } from '../validate';
import { type ChatTask, shape, skillLines, textSchema } from './task';

const mostQuestion = 4000;
const mostAnswer = 8000;
const mostFinal = 300;

const some = (most: number) => v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(most));
const Written = v.object({ reason, question: some(mostQuestion) });
const Solved = v.object({ answer: some(mostAnswer), final: some(mostFinal) });

export const write: ChatTask<WriteRequest, WriteReply> = {
  task: 'write',
  prompt: () => 'write',
  texts: ({ skill, parents }) => ({
    skill: skillLines([skill]),
    parents: parents.map(({ question, answer }, i) => `Question ${i + 1}: ${question}\nSolution ${i + 1}: ${answer}`).join('\n\n'),
  }),
  numbers: drawOf,
  schema: () => shape({ reason: textSchema(800), draft: textSchema(1200), question: textSchema(mostQuestion) }),
  read(reply, { parents }) {
    const { question, reason: why } = readReply(Written, reply);
    const written = plainText(question);
    if (parents.some((parent) => folded(parent.question) === folded(written))) throw new Rejection('reply-copy', 'write a new one');
    return { question: written, reason: why };
  },
  maxTokens: () => 1500,
  temperature: 0.7,
};

export const solve: ChatTask<SolveRequest, SolveReply> = {
  task: 'solve',
  prompt: () => 'solve',
  texts: ({ question }) => ({ question }),
  numbers: drawOf,
  schema: () => shape({ answer: textSchema(mostAnswer), final: textSchema(mostFinal) }),
  read: readSolution,
  maxTokens: () => 2000,
  temperature: 0.7,
};

export const rewrite: ChatTask<RewriteRequest, RewriteReply> = {
  task: 'rewrite',
  prompt: () => 'rewrite',
  texts: ({ question, answer }) => ({ question, answer }),
  numbers: drawOf,
  schema: () => shape({ answer: textSchema(mostAnswer), final: textSchema(mostFinal) }),
  read: readSolution,
  maxTokens: () => 2000,
  temperature: 0.7,
};

function readSolution(reply: Record<string, unknown>): SolveReply {
  const { answer, final } = readReply(Solved, reply);
  if (!folded(answer).includes(folded(final))) throw new Rejection('reply-shape', 'final: the solution does not end in it');
  return { answer: plainText(answer), final: plainText(final) };
}

function drawOf({ draw = 1 }: { draw?: number }): Record<string, number> {
  return { draw };
}

const folded = (text: string): string => text.toLowerCase().replace(/\s+/g, '');
