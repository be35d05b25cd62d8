/** The selections a comparison needs beside STAT-Sel: what it is measured against, each as rows of the same pool. */
import { Random } from '../core/random';
import type { Question, Response } from '../data/types';
import { perSkill } from './report';
import { skillMap } from './skills';
import type { Profile, ProfileEntry, SkillMap } from './types';

/** `count` pool rows at random with replacement: what draws of a blind STAT-Sel would be. */
export function randomRows(poolSize: number, count: number, seed: number): number[] {
  const random = new Random(seed, 'random');
  return poolSize === 0 ? [] : Array.from({ length: count }, () => random.below(poolSize));
}

/** A profile that ignores the student: every skill the pool can serve misses at the same rate. */
export function uniformProfile(map: SkillMap): Profile {
  const entries = [...map].map(([skill, carriers]): ProfileEntry => ({ skill, count: 1, carriers: carriers.length, rate: 1 }));
  return { entries, difficult: 0, validation: 0 };
}

/** The pool with its lists of skills dealt out anew: the same lists, each on some other question. */
export function shuffledLabels(pool: readonly Question[], seed: number): Question[] {
  const lists = new Random(seed, 'shuffled-map').shuffle(pool.map((question) => question.skills));
  return pool.map((question, i) => ({ ...question, skills: lists[i] }));
}

/** Oracle: the student's true error rate by main skill, from graded answers to questions whose skills are known. */
export function oracleProfile(questions: readonly Question[], responses: readonly Response[]): Profile {
  const rows = perSkill(questions, responses, responses).filter((row) => questions.some((question) => question.skills[0] === row.skill));
  const entries = rows.map(({ skill, counts }): ProfileEntry => {
    const count = Math.round(counts.n * (1 - counts.before));
    return { skill, count, carriers: counts.n, rate: counts.n === 0 ? 0 : count / counts.n };
  });
  entries.sort((a, b) => b.rate - a.rate || (a.skill < b.skill ? -1 : 1));
  return { entries, difficult: responses.filter((response) => !response.correct).length, validation: questions.length };
}

/** No skill the pool can serve falls below `floor` times the highest rate (and count): known skills keep being practised. */
export function flooredProfile(profile: Profile, map: SkillMap, floor: number): Profile {
  const highest = { rate: 0, count: 0 };
  for (const { rate, count } of profile.entries) {
    highest.rate = Math.max(highest.rate, rate);
    highest.count = Math.max(highest.count, count);
  }
  const named = new Set(profile.entries.map((entry) => entry.skill));
  const unnamed = [...map].filter(([skill]) => !named.has(skill)).map(([skill, carriers]): ProfileEntry => ({ skill, count: 0, carriers: carriers.length, rate: 0 }));
  const raised = [...profile.entries, ...unnamed].map((entry) =>
    map.has(entry.skill) ? { ...entry, rate: Math.max(entry.rate, floor * highest.rate), count: Math.max(entry.count, floor * highest.count) } : entry);
  return { ...profile, entries: raised };
}

/** The `share` of the pool with the highest hardness (a published level, or the student's own loss), ties by position. */
export function hardestRows(hardness: readonly number[], share: number): number[] {
  const count = Math.max(1, Math.round(hardness.length * share));
  return hardness.map((_, i) => i).sort((a, b) => hardness[b] - hardness[a] || a - b).slice(0, count);
}

/** For each query its `k` nearest pool rows by cosine, the nearest first; repeats across queries are kept (Embed-Sel). */
export function nearestRows(queries: readonly ArrayLike<number>[], pool: readonly ArrayLike<number>[], k: number): number[] {
  const lengths = pool.map(length);
  return queries.flatMap((query) => {
    const own = length(query);
    const near = pool.map((vector, i) => (own === 0 || lengths[i] === 0 ? -1 : dot(query, vector) / (own * lengths[i])));
    return near.map((_, i) => i).sort((a, b) => near[b] - near[a] || a - b).slice(0, k);
  });
}

/** A seeded subset of `rows` presentations of a selection, as the paper cuts every set to 9.5k; shorter ones are filled by repeating them. */
export function sameSize(rows: readonly number[], size: number, seed: number): number[] {
  if (rows.length === 0) return [];
  const cut: number[] = [];
  for (let epoch = 0; cut.length < size; epoch++) {
    const order = new Random(seed, 'same-size', epoch).shuffle([...rows]);
    for (const row of order.slice(0, size - cut.length)) cut.push(row);
  }
  return cut;
}

/** How many presentations in a row fit the budget of tokens; `lengths` by row of the pool. At least one where any fits at all. */
export function withinTokens(order: readonly number[], lengths: ArrayLike<number>, budget: number): number {
  let spent = 0;
  for (let i = 0; i < order.length; i++) {
    spent += lengths[order[i]];
    if (spent > budget) return i;
  }
  return order.length;
}

/** The Skill-Map of the control with shuffled labels. */
export function shuffledMap(pool: readonly Question[], seed: number): SkillMap {
  return skillMap(shuffledLabels(pool, seed));
}

function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

function length(a: ArrayLike<number>): number {
  return Math.sqrt(dot(a, a));
}
