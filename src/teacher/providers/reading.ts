/** What servers reply, checked: a reply of another shape is `teacher-not-understood`, never a crash further on. */
import * as v from 'valibot';
import { TeacherFailure } from '../failure';

/** The longest text a reply may hold, in characters. */
export const mostText = 200_000;

export const tokens = v.optional(v.nullable(v.pipe(v.number(), v.integer(), v.minValue(0))));
export const text = v.pipe(v.string(), v.maxLength(mostText));
export const names = v.pipe(v.array(v.unknown()), v.maxLength(20_000));

export function readAs<Out>(schema: v.GenericSchema<unknown, Out>, reply: unknown): Out {
  const read = v.safeParse(schema, reply);
  if (read.success) return read.output;
  const issue = read.issues[0];
  const where = `${v.getDotPath(issue) ?? 'the reply'}: ${issue.message.slice(0, 120)}`;
  throw new TeacherFailure(issue.type === 'max_length' ? 'teacher-too-long' : 'teacher-not-understood', { where });
}

/** Grows a text piece by piece. Throws `teacher-too-long`. */
export class Growing {
  value = '';

  constructor(private readonly onText?: (soFar: string) => void) {}

  add(piece: string): void {
    if (piece === '') return;
    this.value += piece;
    if (this.value.length > mostText) throw new TeacherFailure('teacher-too-long');
    this.onText?.(this.value);
  }
}
