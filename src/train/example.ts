/** A question and its answer as token ids. Every student gets the same plain layout: question, newline, answer, end of text. */
import { StudioError } from '../core/errors';
import type { Student } from '../model/types';

export interface Example {
  ids: number[];
  /** Index of the first answer token: the loss is on it and all that follow. */
  lossFrom: number;
  /** Loss weight of the example, ≥ 0. */
  weight: number;
}

/** What the student is shown: begin-of-text (where it has one), the question, a newline. @throws StudioError `prompt-too-long` */
export function encodePrompt(student: Student, question: string): number[] {
  const { config, tokenizer } = student;
  const ids = [...(config.bosId === undefined ? [] : [config.bosId]), ...tokenizer.encode(`${question}\n`)];
  if (ids.length >= config.context) throw tooLong('prompt', ids.length, config.context, question);
  return ids;
}

/** The prompt, the answer and the end-of-text token. @throws StudioError `prompt-too-long` */
export function encodeExample(student: Student, question: string, answer: string, weight = 1): Example {
  const prompt = encodePrompt(student, question);
  const end = student.config.eosIds.slice(0, 1);
  const ids = [...prompt, ...student.tokenizer.encode(answer), ...end];
  if (ids.length > student.config.context) throw tooLong('question with its answer', ids.length, student.config.context, question);
  return { ids, lossFrom: prompt.length, weight };
}

function tooLong(what: string, tokens: number, context: number, question: string): StudioError {
  return new StudioError('prompt-too-long', `A ${what} has ${tokens} tokens; this student can read ${context}.`, {
    where: `"${question.slice(0, 60)}${question.length > 60 ? '…' : ''}"`,
    remedy: 'Shorten it, or choose a student with a longer context.',
  });
}
