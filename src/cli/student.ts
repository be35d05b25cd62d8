/** The student named by `--student`, with the adapter named by `--adapter` on top. */
import { PACKINGS } from '../gpu/packing';
import { readText } from '../model/byteSource';
import { RUN_FILE } from '../model/export/card';
import { readAdapter } from '../model/peft';
import type { Student } from '../model/types';
import type { Given } from './command';
import { readStudent, studentSources } from './folders';

/** Options of every command that takes a student: its folder, an adapter's, and how its weights lie on the device. */
export const STUDENT_OPTIONS = { student: { type: 'string' }, adapter: { type: 'string' }, base: { type: 'string' } } as const;

const MOST_RUN = 1 << 20;

/** @throws StudioError whatever is wrong with either. */
export async function namedStudent(given: Given): Promise<Student> {
  const student = await readStudent(given.needed('student'));
  const folder = given.text('adapter');
  if (folder !== undefined) {
    const files = await studentSources(folder);
    student.adapter = await readAdapter(files, student.config);
    const run = files.get(RUN_FILE);
    if (run) student.files.set(RUN_FILE, await readText(run, RUN_FILE, MOST_RUN));
  }
  const base = given.choice('base', ['f32', ...PACKINGS] as const, 'f32');
  return base === 'f32' ? student : { ...student, packing: base };
}
