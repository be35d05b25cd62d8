/** Rows through the project's teacher, with what a person wants to know meanwhile: how far, how much longer, for how much. */
import { elapsed } from '../core/clock';
import type { WorkingTeacher } from '../teacher/runner/caller';
import type { Teacher } from '../teacher/types';
import { runRows, type RowFailure, type RowOutcome } from '../teacher/runner/rows';
import type { Job } from './job';

/** The outcomes of `ask` in the order of the rows, as `runRows`. Of the rows in `again`, earlier replies do not count. `asked`: another teacher than the project's. */
export async function askRows<Row extends { id: string }, Out>(
  job: Job, title: string, rows: readonly Row[], ask: (teacher: Teacher, row: Row) => Promise<Out>, again: readonly RowFailure[] = [],
  asked?: WorkingTeacher,
): Promise<RowOutcome<Out>[]> {
  const teacher = asked ?? await job.teacher();
  for (const { row, at } of again) teacher.caller?.askAgain(row, at);
  const startedAt = elapsed();
  const before = teacher.caller?.spent.money ?? 0;
  const hitsBefore = teacher.caller?.hits ?? 0;
  return runRows(rows, (row) => ask(teacher, row), {
    rowsAtOnce: teacher.rowsAtOnce ?? teacher.caller?.rowsAtOnce ?? 1,
    signal: job.deps.signal,
    onProgress(ended, failed) {
      job.pace.record({ kind: job.left[0].kind, size: ended }, elapsed() - startedAt);
      const more = rows.length - ended + job.left.slice(1).reduce((sum, { kind, size }) => sum + (kind === job.left[0].kind ? size : 0), 0);
      const hits = (teacher.caller?.hits ?? 0) - hitsBefore;
      const paid = ended - hits;
      job.tell(`${title}: ${ended} of ${rows.length}`, ended, teacher.caller && { ...teacher.caller.told, rows: ended, failed, hits,
        moneyLeft: paid > 0 && teacher.caller.priced ? ((teacher.caller.spent.money - before) / paid) * more : undefined });
    },
  });
}
