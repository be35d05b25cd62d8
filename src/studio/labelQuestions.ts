/** Questions of a file labelled by a teacher, outside any project: what the command line and the batch files share. */
import type { Question, Skill } from '../data/types';
import type { WorkingTeacher } from '../teacher/runner/caller';
import { runRows, type RowFailure } from '../teacher/runner/rows';

export interface Labelled {
  /** The questions with a label, in their order, with the teacher's skills in place of any they had. */
  labelled: (Question & { reason: string })[];
  failures: RowFailure[];
  /** Names off the list that the teacher gave beside good ones. */
  dropped: number;
}

/** Earlier replies to the rows in `again` do not count. Rejects as `runRows` does. */
export async function labelQuestions(
  questions: readonly Question[], skills: Skill[], teacher: WorkingTeacher,
  { signal, again = [], onProgress }: { signal: AbortSignal; again?: readonly RowFailure[]; onProgress?(ended: number, failed: number): void },
): Promise<Labelled> {
  for (const { row, at } of again) teacher.caller?.askAgain(row, at);
  const outcomes = await runRows(questions, ({ id, question }) => teacher.label({ question, skills, row: id }), {
    rowsAtOnce: teacher.rowsAtOnce ?? teacher.caller?.rowsAtOnce ?? 1, signal, onProgress,
  });
  const found: Labelled = { labelled: [], failures: [], dropped: 0 };
  outcomes.forEach((outcome, i) => {
    if ('failure' in outcome) return found.failures.push(outcome.failure);
    const { skills: named, reason, lost } = outcome.value;
    found.labelled.push({ ...questions[i], skills: named, reason });
    found.dropped += lost?.offList ?? 0;
  });
  return found;
}
