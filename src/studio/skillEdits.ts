/** The log of skill corrections of a stored project: added to, taken back, kept. */
import { StudioError } from '../core/errors';
import { emptyLog, redo, undo, withEdit, type SkillEdit, type SkillLog } from '../stat/skillEdits';
import type { StudioStore } from '../store/types';

export type SkillChange = SkillEdit | { kind: 'undo' } | { kind: 'redo' };

/**
 * Makes the changes in order, all or none. The profile and all that follows use the names it was made with, so a project that has one
 * takes no more. Throws `studio-skills-fixed`, `stat-bad-edit`.
 */
export async function changeSkills(store: StudioStore, projectId: string, changes: readonly SkillChange[]): Promise<SkillLog> {
  if (await store.get('profiles', projectId)) {
    throw new StudioError('studio-skills-fixed', 'The profile of this project is made, and it uses these skills.', {
      kept: 'Nothing was changed.', remedy: 'Correct skills before the diagnosis, in a new project.',
    });
  }
  const list = await store.where('skills', 'projectId', projectId);
  const row = await store.get('skillEdits', projectId);
  let log: SkillLog = row ? { edits: row.edits, undone: row.undone } : emptyLog;
  for (const change of changes) log = change.kind === 'undo' ? undo(log) : change.kind === 'redo' ? redo(log) : withEdit(log, change, list);
  await store.put('skillEdits', [{ projectId, ...log }]);
  return log;
}
