/** The Skill-Map in numbers: how many questions of each set carry each skill. Pure. */
import type { Question } from '../../../data/types';
import { editedLabels, type SkillEdit } from '../../../stat/skillEdits';
import type { LabelRow } from '../../../store/types';

/** The stored labels with a person's corrections, in the sets whose questions are at hand. */
export function editedRows(
  rows: readonly LabelRow[],
  questions: Readonly<Record<string, readonly Question[]>>,
  edits: readonly SkillEdit[],
): LabelRow[] {
  if (edits.length === 0) return [...rows];
  return rows.map((row) => ({
    ...row,
    skills: row.skills.map((skills, i) => {
      const question = questions[row.set]?.[row.start + i];
      return question ? editedLabels(skills, question, edits) : skills;
    }),
  }));
}

export interface Carriers {
  /** set → skill → questions that carry it. */
  counts: Map<string, Map<string, number>>;
  /** set → labelled questions. */
  totals: Map<string, number>;
  /** set → one list of skills a question, in the set's order. */
  lists: Map<string, string[][]>;
}

export function carriers(rows: readonly LabelRow[]): Carriers {
  const counts = new Map<string, Map<string, number>>();
  const totals = new Map<string, number>();
  const lists = new Map<string, string[][]>();
  for (const row of [...rows].sort((a, b) => a.start - b.start)) {
    const bySkill = counts.get(row.set) ?? new Map<string, number>();
    for (const skills of row.skills) {
      for (const skill of new Set(skills)) bySkill.set(skill, (bySkill.get(skill) ?? 0) + 1);
    }
    counts.set(row.set, bySkill);
    totals.set(row.set, (totals.get(row.set) ?? 0) + row.skills.length);
    lists.set(row.set, [...(lists.get(row.set) ?? []), ...row.skills]);
  }
  return { counts, totals, lists };
}
