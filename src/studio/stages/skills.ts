/** Stage 2: the skill list, and the teacher's labels of the pool and the validation questions. */
import { StudioError } from '../../core/errors';
import type { SetName } from '../../store/types';
import { validateLabel } from '../../teacher/validate';
import type { Job } from '../job';
import type { Unit } from '../unit';

const CHUNK = 1000;

export async function planSkills(job: Job): Promise<Unit[]> {
  const { project, store } = job;
  const listed = await store.where('skills', 'projectId', project.id);
  const labelled = new Set((await store.where('labels', 'projectId', project.id)).map((row) => row.key));
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
        kind: 'labels', size: end - start, done: labelled.has(key),
        run: () => labelChunk(job, key, set, start, end),
      });
    }
  }
  return units;
}

async function listSkills(job: Job): Promise<void> {
  const skills = await job.skills();
  if (skills.length === 0) {
    throw new StudioError('studio-no-skills', 'No question of this project names a skill, so there is nothing to diagnose by.', {
      remedy: 'Import a file whose rows have a column of skills.',
    });
  }
  const { id: projectId } = job.project;
  await job.store.put('skills', skills.map(({ name, description }) => ({ key: `${projectId}/${name}`, projectId, name, description })));
}

async function labelChunk(job: Job, key: string, set: SetName, start: number, end: number): Promise<void> {
  const teacher = await job.teacher();
  const list = await job.skills();
  const skills: string[][] = [];
  for (const { question } of (await job.questions(set)).slice(start, end)) {
    job.deps.signal.throwIfAborted();
    skills.push(validateLabel(await teacher.label({ question, skills: list }), list).skills);
  }
  await job.store.put('labels', [{ key, projectId: job.project.id, set, start, skills }]);
}
