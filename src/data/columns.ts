/** Which column means what: detected under the spellings in use, or chosen by the person. */
import { StudioError } from '../core/errors';
import { limits, quoted } from './problems';

/** Column names as the file spells them. Either `messages`, or `question` with `answer`. */
export interface ColumnMapping {
  question?: string;
  answer?: string;
  /** Further text of the question, put after it (Alpaca's `input`). */
  context?: string;
  /** A list of chat turns: the last assistant turn is the answer, what comes before it the question. */
  messages?: string;
  skills?: string;
  weight?: string;
  id?: string;
}

/** Pairs that belong together, tried first, in this order. */
const pairs: [question: string, answer: string][] = [
  ['question', 'answer'], ['problem', 'solution'], ['prompt', 'completion'], ['instruction', 'output'],
  ['prompt', 'response'], ['instruction', 'response'], ['query', 'response'], ['input', 'output'], ['input', 'target'],
];
const spellings: Record<keyof ColumnMapping, string[]> = {
  question: ['question', 'problem', 'prompt', 'instruction', 'query', 'input', 'questiontext', 'q', 'user'],
  answer: ['answer', 'solution', 'completion', 'output', 'response', 'target', 'reply', 'answertext', 'a', 'assistant'],
  context: ['input', 'context'],
  messages: ['messages', 'conversations', 'conversation', 'chat', 'turns', 'dialogue'],
  skills: ['skills', 'skill', 'tags', 'labels', 'topics', 'topic', 'category', 'subject'],
  weight: ['weight', 'weights', 'sampleweight', 'exampleweight', 'lossweight'],
  id: ['id', 'questionid', 'uid', 'uuid', 'rowid', 'exampleid', 'problemid'],
};

/** Spellings of one name compare equal: `Question_ID` and `questionId`. */
function plain(column: string): string {
  return column.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');
}

/** The best reading of the columns; what it finds no column for is absent. */
export function detectColumns(columns: readonly string[]): ColumnMapping {
  const byName = new Map([...columns].reverse().map((column) => [plain(column), column]));
  const first = (names: readonly string[], taken: (string | undefined)[] = []): string | undefined =>
    names.map((name) => byName.get(name)).find((column) => column !== undefined && !taken.includes(column));
  const rest = { skills: first(spellings.skills), weight: first(spellings.weight), id: first(spellings.id) };

  const pair = pairs.find(([question, answer]) => byName.has(question) && byName.has(answer));
  const messages = first(spellings.messages);
  if (!pair && messages) return { messages, ...rest };
  const question = pair ? byName.get(pair[0]) : first(spellings.question);
  const answer = pair ? byName.get(pair[1]) : first(spellings.answer, [question]);
  const instruction = question !== undefined && plain(question) === 'instruction';
  return { question, answer, context: instruction ? first(spellings.context, [answer]) : undefined, ...rest };
}

/** Checks a mapping against the file. Throws `data-no-columns` or `data-unknown-column`, naming what was found. */
export function checkMapping(mapping: ColumnMapping, columns: readonly string[], name: string): void {
  const found = columns.length === 0 ? 'no columns' : `the columns ${columnList(columns)}`;
  for (const column of Object.values(mapping)) {
    if (column !== undefined && !columns.includes(column)) {
      throw new StudioError('data-unknown-column', `The file ${name} has no column ${quoted(column)}; it has ${found}.`, {
        kept: 'Nothing was imported.', remedy: 'Choose among the columns there are.',
      });
    }
  }
  if (mapping.messages !== undefined || (mapping.question !== undefined && mapping.answer !== undefined)) return;
  const missing = mapping.question === undefined ? (mapping.answer === undefined ? 'question or answer' : 'question') : 'answer';
  throw new StudioError('data-no-columns', `The file ${name} has ${found}, and none of them is recognised as ${missing}.`, {
    kept: 'Nothing was imported.',
    remedy: 'Choose the columns by hand, or name them "question" and "answer".',
  });
}

/** Columns the mapping leaves unread. */
export function unusedColumns(mapping: ColumnMapping, columns: readonly string[]): string[] {
  const used = new Set(Object.values(mapping));
  return columns.filter((column) => !used.has(column));
}

/** Names for a sentence, the first ten of them. */
export function columnList(columns: readonly string[]): string {
  const shown = columns.slice(0, 10).map((column) => quoted(column)).join(', ');
  const more = columns.length >= limits.columns ? `${columns.length} or more` : String(columns.length);
  return columns.length > 10 ? `${shown} and others (${more} in all)` : shown;
}
