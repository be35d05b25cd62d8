/** The first JSON object in whatever a model wrote: after its thoughts, inside a fence, before its farewell. */
import { Rejection } from './rejection';

/** The longest reply that is looked at, in characters. */
export const mostReply = 100_000;
const mostDepth = 20;
/** Past so many braces that open no object, nothing honest follows. */
const mostTries = 100;

/** The first balanced `{…}` that parses. Throws `Rejection`: empty, too long, not JSON, or truncated where an object was begun. */
export function firstObject(text: string): Record<string, unknown> {
  if (text.length > mostReply) throw new Rejection('reply-too-long', `${text.length} characters`);
  const said = text.split('</think>').pop() ?? '';
  if (said.trim() === '') throw new Rejection('reply-empty');
  let open = false;
  for (let start = said.indexOf('{'), tries = 0; start >= 0 && tries < mostTries; start = said.indexOf('{', start + 1), tries++) {
    const end = closing(said, start);
    const parsed = end === undefined ? undefined : parsedObject(said.slice(start, end + 1));
    if (parsed) return parsed;
    open ||= end === undefined;
  }
  throw new Rejection(open ? 'reply-truncated' : 'reply-not-json');
}

/** Where the brace at `start` is closed, texts in quotes skipped; undefined where it never is, or nests too deep. */
function closing(text: string, start: number): number | undefined {
  let depth = 0;
  let quoted = false;
  for (let i = start; i < text.length; i++) {
    const char = text[i];
    if (quoted) {
      if (char === '\\') i++;
      else if (char === '"') quoted = false;
    } else if (char === '"') quoted = true;
    else if (char === '{' || char === '[') {
      if (++depth > mostDepth) return undefined;
    } else if (char === '}' || char === ']') {
      if (--depth === 0) return i;
    }
  }
  return undefined;
}

function parsedObject(json: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
