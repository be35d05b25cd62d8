/** How practice of one skill should help another, measured on a student without training it: kept with the project. */
import { StudioError } from '../core/errors';
import type { Question } from '../data/types';
import type { Engine } from '../gpu/device';
import type { Student } from '../model/types';
import { mainSkill } from '../stat/skills';
import type { Alignment } from '../stat/whatIf';
import { alignmentPath } from '../store/blobPath';
import type { Project, StudioStore } from '../store/types';
import { encodeExample, type Example } from '../train/example';
import { questionsOf, splitsOf, withLabels } from './splits';
import { skillGradients } from '../train/skillGradients';

/** Rows of each skill whose mean gradient stands for it. */
export const ROWS_A_SKILL = 32;

export interface MeasuredAlignment extends Alignment {
  /** Mean loss of each skill's rows, nats a token. */
  losses: number[];
  /** Rows it was measured on. */
  rows: number[];
}

/** @throws StudioError `studio-no-skills` where no row has one. */
export async function measureAlignment(
  engine: Engine, student: Student, questions: readonly Question[], rowsASkill = ROWS_A_SKILL, onSkill?: (done: number, all: number) => void,
): Promise<MeasuredAlignment> {
  const groups = new Map<string, Example[]>();
  for (const question of questions) {
    const skill = mainSkill(question);
    if (skill === undefined) continue;
    const group = groups.get(skill) ?? [];
    if (group.length < rowsASkill) group.push(encodeExample(student, question.question, question.answer));
    groups.set(skill, group);
  }
  if (groups.size === 0) throw new StudioError('studio-no-skills', 'No row names a skill, so there is nothing to weigh.', { remedy: 'Label the rows first.' });
  const skills = [...groups.keys()].sort();
  const examples = skills.map((skill) => groups.get(skill) ?? []);
  const { matrix, losses } = await skillGradients(engine, student, examples, true, (done) => onSkill?.(done, skills.length));
  return { skills, matrix, losses, rows: examples.map((group) => group.length) };
}

/** Measures on the pool with the teacher's labels, and keeps it. */
export async function keepAlignment(
  project: Project, engine: Engine, store: StudioStore, loadStudent: (name: string) => Promise<Student>,
): Promise<void> {
  const pool = questionsOf(project, await splitsOf(project, store), 'pool');
  const measured = await measureAlignment(engine, await loadStudent(project.student), await withLabels(project, store, 'pool', pool));
  await store.writeBlob(alignmentPath(project.id), new TextEncoder().encode(JSON.stringify(measured)));
}
