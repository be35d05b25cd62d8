/** `label`: a file of questions labelled by a teacher; every row ends with skills from the list, or named among the failures. */
import * as v from 'valibot';
import { StudioError } from '../core/errors';
import { decodeText } from '../data/decodeText';
import type { Question, Skill } from '../data/types';
import { openFileStore } from '../store/fileStore';
import { labelQuestions } from '../studio/labelQuestions';
import { skillListFrom } from '../studio/skillList';
import { requestFor } from '../teacher/chatTeacher';
import type { TeacherPlan } from '../teacher/plan';
import { someOf } from '../teacher/sample';
import { label } from '../teacher/tasks/skills';
import type { Command, Result } from './command';
import { claimFolder, readNamedFile, writeWhole } from './folders';
import { FAILURES, failuresIn, LABELLED, reasonsOf, writeLabels } from './labelFiles';
import { readQuestions } from './questions';
import { planFrom, type Planned, teacherFor, teacherOptions, teacherProgress, teacherUsage, wouldSend } from './teacher';

const JOB = 'label';
const name = v.pipe(v.string(), v.minLength(1), v.maxLength(200));
const SkillFile = v.pipe(v.array(v.union([name, v.object({ name, description: v.optional(v.pipe(v.string(), v.maxLength(1000)), '') })])), v.minLength(1), v.maxLength(1000));

export const labelCommand: Command = {
  name: 'label',
  summary: 'Labels a file of questions with skills, by a language model.',
  usage: `label ${teacherUsage} --data F.jsonl [--skills list.json] [--most-skills 20] [--limit N] --out DIR [--resume [--retry-failed]] [--dry-run]`,
  options: {
    ...teacherOptions, data: { type: 'string' }, skills: { type: 'string' }, 'most-skills': { type: 'string' }, limit: { type: 'string' },
    out: { type: 'string' }, resume: { type: 'boolean' }, 'retry-failed': { type: 'boolean' }, 'dry-run': { type: 'boolean' },
  },
  async run(given, { terminal, signal }): Promise<Result> {
    const plan = planFrom(given);
    const { questions: all, skipped } = await readQuestions(given.needed('data'), terminal);
    const questions = all.slice(0, given.integer('limit', all.length, 1));
    const file = given.text('skills');
    const givenSkills = file === undefined ? undefined : readSkills(decodeText(await readNamedFile(file), file), file);
    if (given.flag('dry-run')) return wouldSend(planned(plan, questions, givenSkills ?? []), given);

    const out = given.needed('out');
    await claimFolder(out, given.flag('resume'));
    const teacher = await teacherFor(plan, given, JOB, await openFileStore(out), signal);
    const tell = (what: string) => (ended: number, failed: number) => terminal.progress(`${what}: ${ended}, ${failed} failed`);
    const skills = givenSkills ?? (await skillListFrom(teacher, questions, {
      sample: 200, most: given.integer('most-skills', 20, 2, 200), signal, onProgress: tell('questions named'),
    })).skills;
    const again = given.flag('retry-failed') ? await failuresIn(out) : [];
    const { labelled, failures, dropped } = await labelQuestions(questions, skills, teacher, {
      signal, again, onProgress: teacherProgress(teacher, questions.length, terminal),
    }).catch((thrown: unknown) => {
      if (!signal.aborted) throw thrown;
      throw new StudioError('cancelled', 'Stopped before all rows were labelled.', {
        kept: `"${out}" holds every reply that came.`, remedy: 'The same command with --resume goes on from there.',
      });
    });
    await writeLabels(out, labelled, failures);
    await writeWhole(`${out}/skills.json`, `${JSON.stringify(skills, undefined, 2)}\n`);
    const counts = reasonsOf(failures);
    const { spent, told } = teacher.caller ?? {};
    return {
      json: { rows: questions.length, labelled: labelled.length, failed: failures.length, failures: counts, offListNamesDropped: dropped, skipped, skills: skills.length, teacher: told, spent },
      text: `${labelled.length} of ${questions.length} questions labelled, ${failures.length} failed${failures.length > 0 ? ` (${Object.entries(counts).map(([code, n]) => `${code} ${n}`).join(', ')})` : ''}. In ${out}: ${LABELLED}, ${FAILURES}, skills.json.`,
    };
  },
};

function planned(plan: TeacherPlan, questions: readonly Question[], skills: Skill[]): Planned {
  const some = someOf(questions).map(({ id: row, question }) => requestFor(label, { question, skills, row }));
  return { plan, rows: questions.length, sample: some.map(({ request }) => request), promptVersion: some[0]?.promptVersion };
}

export function readSkills(text: string, file: string): Skill[] {
  try {
    return v.parse(SkillFile, JSON.parse(text)).map((entry) => (typeof entry === 'string' ? { name: entry, description: '' } : entry));
  } catch (thrown) {
    const why = thrown instanceof v.ValiError ? thrown.issues[0].message : 'it is not JSON';
    throw new StudioError('cli-bad-skills', `"${file}" is no list of skills: ${why}.`, {
      remedy: 'It is a JSON list of names, or of objects with "name" and "description".',
    });
  }
}
