/** Skills corrected by hand: a log of edits over what the teacher said, replayed whenever it is read. Undo shortens the log. */
import { StudioError } from '../core/errors';
import type { Skill } from '../data/types';
import { mostSkillsPerQuestion } from '../data/skillFiles';

export type SkillEdit =
  | { kind: 'rename'; from: string; to: string }
  | { kind: 'merge'; from: string[]; into: string }
  /** Questions of `skill` whose text contains the words get the new name instead. */
  | { kind: 'split'; skill: string; into: string; containing: string }
  /** One question's labels, the main one first. */
  | { kind: 'label'; questionId: string; skills: string[] }
  | { kind: 'accept'; questionId: string };

export interface SkillLog {
  edits: SkillEdit[];
  /** Taken back, the last one first. */
  undone: SkillEdit[];
}

export const emptyLog: SkillLog = { edits: [], undone: [] };

/** The log with one more edit, checked against the list as it stands. Throws `stat-bad-edit`. */
export function withEdit(log: SkillLog, edit: SkillEdit, list: readonly Skill[]): SkillLog {
  const names = new Set(editedSkills(list, log.edits).map((skill) => skill.name));
  const known = (name: string): void => {
    if (!names.has(name)) throw bad(`there is no skill "${name}"`);
  };
  const fresh = (name: string): void => {
    if (name.trim() === '' || name.length > 100) throw bad('a skill needs a name of at most 100 characters');
    if (names.has(name)) throw bad(`there is a skill "${name}" already; merge the two instead`);
  };
  switch (edit.kind) {
    case 'rename':
      known(edit.from);
      fresh(edit.to);
      break;
    case 'merge':
      [...edit.from, edit.into].forEach(known);
      if (edit.from.length === 0 || edit.from.includes(edit.into)) throw bad('a skill cannot be merged into itself');
      break;
    case 'split':
      known(edit.skill);
      fresh(edit.into);
      if (edit.containing.trim() === '') throw bad('a split needs the words by which its questions are told apart');
      break;
    case 'label':
      edit.skills.forEach(known);
      if (edit.skills.length > mostSkillsPerQuestion) throw bad(`a question has at most ${mostSkillsPerQuestion} skills`);
      break;
  }
  return { edits: [...log.edits, edit], undone: [] };
}

export function undo({ edits, undone }: SkillLog): SkillLog {
  const last = edits.at(-1);
  return last ? { edits: edits.slice(0, -1), undone: [last, ...undone] } : { edits, undone };
}

export function redo({ edits, undone }: SkillLog): SkillLog {
  const [next, ...rest] = undone;
  return next ? { edits: [...edits, next], undone: rest } : { edits, undone };
}

/** The closed list after the edits. */
export function editedSkills(list: readonly Skill[], edits: readonly SkillEdit[]): Skill[] {
  let skills = [...list];
  for (const edit of edits) {
    if (edit.kind === 'rename') skills = skills.map((skill) => (skill.name === edit.from ? { ...skill, name: edit.to } : skill));
    if (edit.kind === 'merge') skills = skills.filter((skill) => !edit.from.includes(skill.name));
    if (edit.kind === 'split') {
      const at = skills.findIndex((skill) => skill.name === edit.skill);
      skills.splice(at + 1, 0, { name: edit.into, description: `${edit.skill}, where the question says "${edit.containing.trim()}"` });
    }
  }
  return skills;
}

/** One question's labels after the edits; names given by a teacher that did not know of them follow the same way. */
export function editedLabels(labels: readonly string[], question: { id: string; question: string }, edits: readonly SkillEdit[]): string[] {
  let names = [...labels];
  const text = question.question.toLowerCase();
  for (const edit of edits) {
    if (edit.kind === 'rename') names = names.map((name) => (name === edit.from ? edit.to : name));
    else if (edit.kind === 'merge') names = [...new Set(names.map((name) => (edit.from.includes(name) ? edit.into : name)))];
    else if (edit.kind === 'split' && text.includes(edit.containing.trim().toLowerCase())) names = names.map((name) => (name === edit.skill ? edit.into : name));
    else if (edit.kind === 'label' && edit.questionId === question.id) names = [...edit.skills];
  }
  return names;
}

/** Names judged missing follow renames, merges and splits, but not a correction of the question's own labels. */
export function editedMissing(missing: readonly string[], question: { id: string; question: string }, edits: readonly SkillEdit[]): string[] {
  return [...new Set(editedLabels(missing, question, edits.filter((edit) => edit.kind !== 'label')))];
}

/** Questions a person has looked at: accepted or corrected. */
export function reviewed(edits: readonly SkillEdit[]): Set<string> {
  return new Set(edits.flatMap((edit) => (edit.kind === 'label' || edit.kind === 'accept' ? [edit.questionId] : [])));
}

function bad(what: string): StudioError {
  return new StudioError('stat-bad-edit', `This cannot be done: ${what}.`, { kept: 'Nothing was changed.' });
}
