/** The fields of one raw row, checked: each function returns the value or throws a `FieldProblem` with a plain sentence. */
import * as v from 'valibot';
import type { ColumnMapping } from './columns';
import { limits, quoted, sizeText } from './problems';
import type { RawRow } from './problems';

/** Why a row is left out. Caught by the importer, never shown as it is. */
export class FieldProblem extends Error {
  constructor(readonly column: string | undefined, message: string) {
    super(message);
  }
}

const Turn = v.union([
  v.pipe(v.object({ role: v.string(), content: v.unknown() }), v.transform((t) => ({ role: t.role, content: t.content }))),
  v.pipe(v.object({ from: v.string(), value: v.unknown() }), v.transform((t) => ({ role: t.from, content: t.value }))),
]);
const Turns = v.pipe(v.array(Turn), v.maxLength(1000));
const TextPart = v.object({ type: v.literal('text'), text: v.string() });
const assistants = new Set(['assistant', 'gpt', 'model', 'bot', 'chatgpt']);

/** Question and answer by the mapping. Outer white space stays: it may be meant. */
export function textsOf(row: RawRow, mapping: ColumnMapping): { question: string; answer: string } {
  if (mapping.messages !== undefined) return fromTurns(row, mapping.messages);
  const question = textField(row, mapping.question, 'question');
  const answer = textField(row, mapping.answer, 'answer');
  const context = mapping.context === undefined ? '' : asText(row.fields.get(mapping.context), mapping.context);
  return { question: context.trim() === '' ? question : bounded(`${question}\n\n${context}`, mapping.context), answer };
}

function fromTurns(row: RawRow, column: string): { question: string; answer: string } {
  const value = jsonInText(row.fields.get(column));
  if (isEmpty(value)) throw new FieldProblem(column, 'This row has no messages.');
  const turns = v.safeParse(Turns, value);
  if (!turns.success) {
    throw new FieldProblem(column, 'The messages are not a list of turns with "role" and "content".');
  }
  const last = turns.output.findLastIndex((turn) => assistants.has(turn.role.toLowerCase()));
  if (last < 0) throw new FieldProblem(column, 'The messages hold no assistant turn, so this row has no answer.');
  const text = (turn: { content: unknown }): string => asText(turn.content, column);
  const question = turns.output.slice(0, last).map(text).filter((part) => part.trim() !== '').join('\n\n');
  const answer = text(turns.output[last]);
  if (question === '') throw new FieldProblem(column, 'The messages hold nothing before the last assistant turn, so this row has no question.');
  if (answer.trim() === '') throw new FieldProblem(column, 'The last assistant turn is empty, so this row has no answer.');
  return { question: bounded(question, column), answer };
}

function textField(row: RawRow, column: string | undefined, what: 'question' | 'answer'): string {
  const text = column === undefined ? '' : asText(row.fields.get(column), column);
  if (text.trim() === '') throw new FieldProblem(column, `This row has no ${what}.`);
  return text;
}

/** Text, a number or truth value as text, or the texts of chat turns or parts in order. Empty for nothing. */
function asText(value: unknown, column: string): string {
  if (isEmpty(value)) return '';
  if (typeof value === 'string') return bounded(value, column);
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  const parts = v.safeParse(v.pipe(v.array(TextPart), v.maxLength(1000)), value);
  if (parts.success) return bounded(parts.output.map((part) => part.text).join(''), column);
  const turns = v.safeParse(Turns, value);
  if (turns.success && turns.output.every((turn) => typeof turn.content === 'string')) {
    return bounded(turns.output.map((turn) => String(turn.content)).join('\n\n'), column);
  }
  throw new FieldProblem(column, `The field ${quoted(column)} is not text.`);
}

function bounded(text: string, column: string | undefined): string {
  // UTF-16 length bounds the bytes from below, so most texts need no second look.
  const bytes = text.length * 3 <= limits.fieldBytes ? 0 : new TextEncoder().encode(text).length;
  if (bytes > limits.fieldBytes) {
    throw new FieldProblem(column, `The text is ${sizeText(bytes)} long; a field may be at most ${sizeText(limits.fieldBytes)}.`);
  }
  return text;
}

/** Absent where the field is; a finite number from 0 to the limit otherwise. */
export function weightOf(row: RawRow, column: string | undefined): number | undefined {
  const value = column === undefined ? undefined : row.fields.get(column);
  if (isEmpty(value) || (typeof value === 'string' && value.trim() === '')) return undefined;
  const weight = typeof value === 'number' ? value : typeof value === 'string' ? numberIn(value.trim()) : undefined;
  if (weight === undefined) {
    const shown = quoted(typeof value === 'string' ? value : JSON.stringify(value));
    throw new FieldProblem(column, `The weight ${shown} is not a number.`);
  }
  if (Number.isNaN(weight)) throw new FieldProblem(column, 'The weight is NaN.');
  if (!Number.isFinite(weight)) throw new FieldProblem(column, 'The weight is not finite.');
  if (weight < 0) throw new FieldProblem(column, `The weight ${weight} is negative.`);
  if (weight > limits.weight) throw new FieldProblem(column, `The weight ${weight} is above the limit of ${limits.weight}.`);
  return weight;
}

function numberIn(text: string): number | undefined {
  if (/^[-+]?nan$/i.test(text)) return NaN;
  if (/^[-+]?inf(inity)?$/i.test(text)) return text.startsWith('-') ? -Infinity : Infinity;
  return /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(text) ? Number(text) : undefined;
}

/**
 * Skill names, each once, in order. A list of texts; in a CSV also a JSON list, or names between semicolons, bars or
 * commas. A column with a singular name (`skill`, `topic`) may hold one name.
 */
export function skillsOf(row: RawRow, column: string | undefined, format: 'jsonl' | 'csv'): string[] {
  if (column === undefined) return [];
  let value = row.fields.get(column);
  if (isEmpty(value)) return [];
  if (typeof value === 'string' && format === 'csv') value = separated(value);
  else if (typeof value === 'string' && !/s$/i.test(column)) value = [value];
  if (!Array.isArray(value) || !value.every((name): name is string => typeof name === 'string')) {
    throw new FieldProblem(column, 'The skills are not a list of names, such as ["addition", "fractions"].');
  }
  const names = [...new Set(value.map((name) => name.trim()).filter((name) => name !== ''))];
  if (names.length > limits.skills) throw new FieldProblem(column, `The row has ${names.length} skills; at most ${limits.skills}.`);
  if (names.some((name) => name.length > limits.skillCharacters)) {
    throw new FieldProblem(column, `A skill name is longer than ${limits.skillCharacters} characters.`);
  }
  return names;
}

function separated(text: string): unknown {
  const list = jsonInText(text);
  if (Array.isArray(list)) return list;
  const separator = [';', '|', ','].find((mark) => text.includes(mark));
  return separator ? text.split(separator) : [text];
}

/** The id as text; undefined where the row has none. */
export function idOf(row: RawRow, column: string | undefined): string | undefined {
  const value = column === undefined ? undefined : row.fields.get(column);
  if (isEmpty(value) || value === '') return undefined;
  if (typeof value !== 'string' && typeof value !== 'number') throw new FieldProblem(column, 'The id is not text or a number.');
  const id = String(value).trim();
  if (id.length > limits.idCharacters) throw new FieldProblem(column, `The id is longer than ${limits.idCharacters} characters.`);
  return id === '' ? undefined : id;
}

/** A list written as JSON inside a text field, as CSV has it; anything else as it is. */
function jsonInText(value: unknown): unknown {
  if (typeof value !== 'string' || !value.trimStart().startsWith('[')) return value;
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return value;
  }
}

function isEmpty(value: unknown): value is null | undefined {
  return value === undefined || value === null;
}
