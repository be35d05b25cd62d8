/** From free names to a closed list (Didolkar et al. 2024): names counted, clustered into families part by part. Requests and reducers only. */
import { mostSkillsPerQuestion } from '../data/skillFiles';
import type { Skill } from '../data/types';

/** One spelling for names that differ in case, underscores or spacing. */
export function skillName(text: string): string {
  return text.normalize('NFKC').replace(/[_\s]+/g, ' ').trim().toLowerCase().slice(0, 100);
}

/** Every free name with how many questions got it, the most frequent first. */
export function freeNames(replies: readonly { skills: readonly string[] }[]): { name: string; questions: number }[] {
  const counts = new Map<string, number>();
  for (const { skills } of replies) {
    const names = new Set(skills.slice(0, mostSkillsPerQuestion).map(skillName).filter((name) => name !== ''));
    for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return [...counts].map(([name, questions]) => ({ name, questions })).sort((a, b) => b.questions - a.questions || (a.name < b.name ? -1 : 1));
}

/** Fits a teacher's `cluster` task. */
export interface ClusterRequest {
  row: string;
  names: string[];
  most: number;
}

/** What a list is made from where nobody says: questions named, and skills at most. */
export const LIST_DEFAULTS = { sample: 200, most: 20 };

/** Names asked about in one go: a longer list is more than small models keep in view. */
const NAMES_AT_ONCE = 150;

/** Some of the names a request, alphabetically, so that spellings of one thing meet. `most`: skills wanted in all. */
export function clusterRequests(names: readonly string[], most: number, perRequest = NAMES_AT_ONCE): ClusterRequest[] {
  const sorted = [...new Set(names.map(skillName))].filter((name) => name !== '').sort();
  const requests: ClusterRequest[] = [];
  for (let start = 0; start < sorted.length; start += perRequest) {
    const part = sorted.slice(start, start + perRequest);
    requests.push({ row: `cluster/${start}`, names: part, most: Math.max(1, Math.ceil((most * part.length) / sorted.length)) });
  }
  return requests;
}

export interface Families {
  skills: Skill[];
  /** Free name → skill. */
  familyOf: Map<string, string>;
  /** Names no family took: to be asked again. */
  unplaced: string[];
  /** Members that were never asked about, and names claimed by two families (the first keeps them). */
  foreign: number;
  contested: number;
}

/** Families of one name are one, whichever request they come from. */
export function familiesFrom(
  requests: readonly ClusterRequest[], replies: readonly { skills: readonly (Skill & { members: readonly string[] })[] }[],
): Families {
  const asked = new Set(requests.flatMap((request) => request.names));
  const found: Families = { skills: [], familyOf: new Map(), unplaced: [], foreign: 0, contested: 0 };
  const byName = new Map<string, Skill>();
  for (const { skills } of replies) {
    for (const { name: given, description, members } of skills) {
      const name = skillName(given);
      if (name === '') continue;
      let took = 0;
      for (const member of new Set(members.map(skillName))) {
        if (!asked.has(member)) found.foreign++;
        else if (found.familyOf.has(member)) found.contested++;
        else {
          found.familyOf.set(member, name);
          took++;
        }
      }
      if (took > 0 && !byName.has(name)) byName.set(name, { name, description });
    }
  }
  found.skills = [...byName.values()];
  found.unplaced = [...asked].filter((name) => !found.familyOf.has(name));
  return found;
}
