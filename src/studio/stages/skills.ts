/** Stage 2: the skill list, and the teacher's labels of the pool and the validation questions. */
import { StudioError } from '../../core/errors';
import type { Skill } from '../../data/types';
import { LIST_DEFAULTS } from '../../stat/skillDiscovery';
import type { LabelRow, SetName } from '../../store/types';
import { validateLabel } from '../../teacher/validate';
import type { RowOutcome } from '../../teacher/runner/rows';
import { askRows } from '../askRows';
import { refuseRetryAfterUse } from '../failedRows';
import type { Job } from '../job';
import { skillListFrom } from '../skillList';
import type { Unit } from '../unit';

const CHUNK = 1000;

export async function planSkills(job: Job): Promise<Unit[]> {
  const { project, store } = job;
  const listed = await store.where('skills', 'projectId', project.id);
  const kept = new Map((await store.where('labels', 'projectId', project.id)).map((row) => [row.key, row]));
  const units: Unit[] = [{
    key: 'skills', title: 'Listing the skills', kind: 'skills', size: 1, done: listed.length > 0,
    run: () => listSkills(job),
  }];
  for (const set of ['validation', 'pool'] as const) {
    const count = (await job.questions(set)).length;
    for (let start = 0; start < count; start += CHUNK) {
      const end = Math.min(start + CHUNK, count);
      const key = `${project.id}/${set}/${String(start).padStart(8, '0')}`;
      units.push({
        key: `labels/${set}/${start}`, title: `Labelling ${set} questions ${start + 1} to ${end} of ${count}`,
        kind: 'labels', size: end - start, done: isDone(job, kept.get(key)),
        run: () => labelChunk(job, key, set, start, end),
      });
    }
  }
  return units;
}

async function listSkills(job: Job): Promise<void> {
  const named = await job.skills();
  const skills = named.length === 0 && (job.project.teacher ?? job.project.skillSource?.kind === 'teacher') ? await madeList(job) : named;
  if (skills.length === 0) {
    throw new StudioError('studio-no-skills', 'No question of this project names a skill, so there is nothing to diagnose by.', {
      remedy: 'Import a file whose rows have a column of skills, or let a language model label this project.',
    });
  }
  const { id: projectId } = job.project;
  await job.store.put('skills', skills.map(({ name, description }) => ({ key: `${projectId}/${name}`, projectId, name, description })));
}

async function madeList(job: Job): Promise<Skill[]> {
  const { skills } = await skillListFrom(await job.teacher(), await job.questions('pool'), {
    ...(job.project.skillSource?.kind === 'teacher' ? job.project.skillSource : LIST_DEFAULTS), signal: job.deps.signal, onProgress: (ended) => job.tell(`Naming skills: ${ended} questions`),
  });
  return skills;
}

function isDone({ deps }: Job, row: LabelRow | undefined): boolean {
  return row !== undefined && !(deps.retryFailed && row.failures?.length);
}

/** Labels what of the chunk has no label: all of it, or the rows that failed. Replies are safe as they come, in the ledger. */
async function labelChunk(job: Job, key: string, set: SetName, start: number, end: number): Promise<void> {
  const { store, project } = job;
  const questions = (await job.questions(set)).slice(start, end);
  const kept = await store.get('labels', key);
  if (kept) await refuseRetryAfterUse(store, project.id);
  const again = kept?.failures ?? [];
  const wanted = new Set(again.map(({ row }) => row));
  const rows = kept ? questions.filter(({ id }) => wanted.has(id)) : questions;
  const list = await job.skills();
  // Labels that a person brought are not asked for again.
  const outcomes: RowOutcome<string[]>[] = project.skillSource?.kind === 'labels' ? rows.map(({ skills }) => ({ value: skills })) : await askRows(job, job.left[0].title, rows, async (teacher, { id, question }) =>
    validateLabel(await teacher.label({ question, skills: list, row: id }), list).skills, again);
  const found = new Map(rows.map(({ id }, i) => [id, outcomes[i]]));
  const skills = questions.map(({ id }, i) => {
    const outcome = found.get(id);
    if (!outcome) return kept?.skills[i] ?? [];
    return 'value' in outcome ? outcome.value : [];
  });
  const failures = outcomes.flatMap((outcome) => ('failure' in outcome ? [outcome.failure] : []));
  await store.put('labels', [{ key, projectId: project.id, set, start, skills, ...(failures.length > 0 && { failures }) }]);
}
