/** Marks around text that is not ours, which that text cannot close: no text holds the hash of itself it would need. */
import { hashText } from '../core/hash';
import { Rejection } from './rejection';

/** The longest text of one row that is sent, in characters. */
export const mostRowCharacters = 20_000;

/**
 * Each text between marks of its own. Equal texts get equal marks, so that equal requests stay equal, and a list that all requests
 * of a job begin with is the same in all of them. Throws `row-too-long`.
 */
export function fencedAll(texts: Record<string, string>): Record<string, string> {
  const all = Object.values(texts);
  const long = all.find((text) => text.length > mostRowCharacters);
  if (long) throw new Rejection('row-too-long', `${long.length} characters`);
  return Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, fenced(text, markFor(text, all))]));
}

/** A mark that occurs in none of the texts. */
function markFor(text: string, all: readonly string[]): string {
  let mark = hashText(text).slice(0, 8);
  while (all.some((other) => other.includes(mark))) mark = hashText(mark).slice(0, 8);
  return mark;
}

const fenced = (text: string, mark: string): string => `[begin ${mark}]\n${text}\n[end ${mark}]`;
