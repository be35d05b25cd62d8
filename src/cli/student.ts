/** The student named by `--student`, with the adapter named by `--adapter` on top. */
import { readAdapter } from '../model/peft';
import type { Student } from '../model/types';
import type { Given } from './command';
import { readStudent, studentSources } from './folders';

/** Options of every command that takes a student. */
export const STUDENT_OPTIONS = { student: { type: 'string' }, adapter: { type: 'string' } } as const;

/** @throws StudioError whatever is wrong with either. */
export async function namedStudent(given: Given): Promise<Student> {
  const student = await readStudent(given.needed('student'));
  const folder = given.text('adapter');
  if (folder !== undefined) student.adapter = await readAdapter(await studentSources(folder), student.config);
  return student;
}
