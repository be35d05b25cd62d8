/**
 * A question and its answer as token ids. A student that ships a chat template gets them as a turn of the user and one of the
 * assistant; every other the same plain layout: question, newline, answer, end of text.
 */
import { StudioError } from '../core/errors';
import type { Student } from '../model/types';

export interface Example {
  ids: number[];
  /** Index of the first answer token: the loss is on it and all that follow. */
  lossFrom: number;
  /** Loss weight of the example, ≥ 0. */
  weight: number;
}

/** What the student is shown: the question as a turn that asks for an answer, or plainly. @throws StudioError `prompt-too-long` */
export function encodePrompt(student: Student, question: string): number[] {
  const ids = student.chat ? student.tokenizer.encode(chatPrompt(student, question)) : plainPrompt(student, question);
  if (ids.length >= student.config.context) throw tooLong('prompt', ids.length, student.config.context, question);
  return ids;
}

/** The prompt, the answer and the token that ends it. @throws StudioError `prompt-too-long` */
export function encodeExample(student: Student, question: string, answer: string, weight = 1): Example {
  const prompt = encodePrompt(student, question);
  const ids = student.chat ? chatIds(student, prompt, question, answer) : [...prompt, ...student.tokenizer.encode(answer), ...endOf(student)];
  if (ids.length > student.config.context) throw tooLong('question with its answer', ids.length, student.config.context, question);
  return { ids, lossFrom: prompt.length, weight };
}

/** What stands before a text on its own: what its tokenizer puts there, else the begin-of-text token the configuration names. */
export function startIds({ tokenizer, config }: Student): readonly number[] {
  return tokenizer.startIds ?? (config.bosId === undefined ? [] : [config.bosId]);
}

function plainPrompt(student: Student, question: string): number[] {
  return [...startIds(student), ...student.tokenizer.encode(`${question}\n`)];
}

function endOf({ config }: Student): number[] {
  return config.eosIds.slice(0, 1);
}

function chatPrompt({ chat }: Student, question: string): string {
  return chat?.render([{ role: 'user', content: question }], true) ?? '';
}

/** The whole conversation, cut behind the first token that ends the answer: what a template writes after it is never generated. */
function chatIds(student: Student, prompt: readonly number[], question: string, answer: string): number[] {
  const { tokenizer, config, chat } = student;
  const asked = chatPrompt(student, question);
  const told = chat?.render([{ role: 'user', content: question }, { role: 'assistant', content: answer }], false) ?? '';
  // Where the template shows a finished turn otherwise than one to be gone on with, the answer follows the prompt as it will when asked.
  const rest = told.startsWith(asked) ? told.slice(asked.length) : answer;
  const whole = tokenizer.encode(asked + rest);
  // A token across the border would be seen in training and never when answering.
  const tail = prompt.every((id, i) => whole[i] === id) ? whole.slice(prompt.length) : tokenizer.encode(rest);
  const end = tail.findIndex((id) => config.eosIds.includes(id));
  return [...prompt, ...(end < 0 ? [...tail, ...endOf(student)] : tail.slice(0, end + 1))];
}

/** One token of a rendered example. */
export interface ShownToken {
  text: string;
  /** Whether it counts in the loss: the student learns to write it. */
  learned: boolean;
}

/** A row for showing. */
export interface Preview {
  tokens: ShownToken[];
  /** Tokens of the row in all, and those that count in the loss. */
  total: number;
  learned: number;
}

/** Most tokens that one character takes. */
const LONGEST_CHARACTER = 8;

/** An example token by token, as the student sees it. A character of several tokens stands with the last of them. */
export function shownTokens({ tokenizer }: Student, { ids, lossFrom }: Pick<Example, 'ids' | 'lossFrom'>): ShownToken[] {
  let from = 0;
  return ids.map((id, i) => {
    const decoded = tokenizer.decode(ids.slice(from, i + 1), true);
    const whole = !decoded.endsWith('�') || i - from >= LONGEST_CHARACTER;
    // Decoding drops the space before a text's first word; here every token is a first word.
    const space = i === from && decoded[0] !== ' ' && tokenizer.piece(id)?.startsWith('▁') ? ' ' : '';
    if (whole) from = i + 1;
    return { text: whole ? space + decoded : '', learned: i >= lossFrom };
  });
}

function tooLong(what: string, tokens: number, context: number, question: string): StudioError {
  return new StudioError('prompt-too-long', `A ${what} has ${tokens} tokens; this student can read ${context}.`, {
    where: `"${question.slice(0, 60)}${question.length > 60 ? '…' : ''}"`,
    remedy: 'Shorten it, or choose a student with a longer context.',
  });
}
