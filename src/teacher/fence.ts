/** Marks around text that is not ours, which that text cannot close: no text holds the hash of itself it would need. */
import { hashText } from '../core/hash';
import { Rejection } from './rejection';

/** The longest text of one row that is sent, in characters. */
export const mostRowCharacters = 20_000;

/** A mark that occurs in none of the texts. Equal texts get equal marks, so that equal requests stay equal. Throws `row-too-long`. */
export function markFor(texts: readonly string[]): string {
  const long = texts.find((text) => text.length > mostRowCharacters);
  if (long) throw new Rejection('row-too-long', `${long.length} characters`);
  let mark = hashText(texts.join('\u0000')).slice(0, 8);
  while (texts.some((text) => text.includes(mark))) mark = hashText(mark + texts.length).slice(0, 8);
  return mark;
}

export function fenced(text: string, mark: string): string {
  return `[begin ${mark}]\n${text}\n[end ${mark}]`;
}
