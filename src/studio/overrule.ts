/** A grade overruled by hand, and what follows from it: every view reads the same row, and the profile is counted anew. */
import { StudioError } from '../core/errors';
import { overrule } from '../grade/overrule';
import { recountedProfile } from '../stat/profile';
import type { ResponseRow, StudioStore } from '../store/types';

/**
 * Counts the answer as right or wrong; `undefined` gives the grader's verdict back. A validation answer that is right after all
 * takes its judgement out of the profile; back to wrong, the judgement counts again. Training sets that are built stay as they
 * are. Throws `studio-no-answer`.
 */
export async function overruleAnswer(store: StudioStore, key: string, correct: boolean | undefined): Promise<ResponseRow> {
  const row = await store.get('responses', key);
  if (!row) {
    throw new StudioError('studio-no-answer', 'There is no such answer in the store.', {
      where: key.slice(0, 200), kept: 'Nothing was changed.', remedy: 'Name it as PROJECT/RUN/SET/QUESTION, such as seed-0/base/test/12.',
    });
  }
  const changed = overrule(row, correct);
  await store.put('responses', [changed]);
  if (row.runId === 'base' && row.set === 'validation') await recount(store, changed);
  return changed;
}

async function recount(store: StudioStore, { projectId, questionId, correct }: ResponseRow): Promise<void> {
  const kept = await store.get('profiles', projectId);
  const rule = (await store.get('projects', projectId))?.difficulty?.kind ?? 'graded';
  // Another rule calls a question difficult whatever its grade.
  if (!kept || rule !== 'graded') return;
  const all = [...kept.judgements, ...(kept.setAside ?? [])];
  const aside = new Set((kept.setAside ?? []).map((judgement) => judgement.questionId));
  if (correct) aside.add(questionId);
  else aside.delete(questionId);
  const judgements = all.filter((judgement) => !aside.has(judgement.questionId));
  const setAside = all.filter((judgement) => aside.has(judgement.questionId));
  await store.put('profiles', [{ ...kept, judgements, setAside, profile: recountedProfile(kept.profile, judgements) }]);
}
