/** A skill list where nobody has one: name a sample question by question, then cluster the names (Didolkar et al. 2024, stages 1 and 2). */
import { StudioError } from '../core/errors';
import type { Question, Skill } from '../data/types';
import { clusterRequests, familiesFrom, freeNames } from '../stat/skillDiscovery';
import type { WorkingTeacher } from '../teacher/runner/caller';
import { type RowFailure, runRows } from '../teacher/runner/rows';

export interface SkillListOptions {
  /** Questions named, evenly spread. */
  sample: number;
  /** Skills at most. */
  most: number;
  signal: AbortSignal;
  onProgress?(ended: number, failed: number): void;
}

const MOST_NAMES = 3000;

/** Throws `studio-no-skills` where the teacher cannot do it or names nothing. */
export async function skillListFrom(
  teacher: WorkingTeacher, questions: readonly Question[], { sample, most, signal, onProgress }: SkillListOptions,
): Promise<{ skills: Skill[]; failures: RowFailure[] }> {
  if (!teacher.cluster) throw noSkills('This teacher cannot make a list of its own.');
  const every = Math.max(1, questions.length / sample);
  const rows = Array.from({ length: Math.min(sample, questions.length) }, (_, i) => questions[Math.floor(i * every)]);
  const named = await runRows(rows, async ({ id, question }) => (await teacher.label({ question, skills: [], row: id })).skills[0], {
    rowsAtOnce: teacher.caller?.rowsAtOnce ?? 1, signal, onProgress,
  });
  const failures = named.flatMap((outcome) => ('failure' in outcome ? [outcome.failure] : []));
  // The commonest first, so that what is cut off a very long list is what was named once.
  const names = freeNames(named.flatMap((outcome) => ('value' in outcome ? [{ skills: [outcome.value] }] : []))).slice(0, MOST_NAMES).map(({ name }) => name);
  if (names.length === 0) throw noSkills(`Of ${rows.length} questions asked about, none got a usable name.`);
  if (names.length <= most) return { skills: names.map((name) => ({ name, description: '' })), failures };
  let skills = await families(teacher.cluster, names, most);
  // Each part has families of its own, and those of all parts may be too many.
  if (skills.length > most) skills = await families(teacher.cluster, skills.map(({ name }) => name), most);
  return { skills, failures };
}

async function families(cluster: NonNullable<WorkingTeacher['cluster']>, names: readonly string[], most: number): Promise<Skill[]> {
  const requests = clusterRequests(names, most);
  const replies = [];
  for (const { row, names: part, most: wanted } of requests) replies.push(await cluster({ row, names: part, most: wanted }));
  return familiesFrom(requests, replies).skills;
}

function noSkills(why: string): StudioError {
  return new StudioError('studio-no-skills', `There is no list of skills to label by. ${why}`, {
    kept: 'Replies that came are kept in the ledger.', remedy: 'Give a list of skills, or use another teacher.',
  });
}
