/** How much of what a student knew is left, on validation, and which of several students to keep for it. Pure. */
import { StudioError } from '../core/errors';
import type { Question, Response } from '../data/types';
import { missingAndKnown, perSkill } from './report';
import type { Profile } from './types';

/** Skills called missing where nobody planted any. */
const PROFILE_TOP = 5;

/** The upper part of a profile: what a comparison calls missing where nobody knows better. */
export function missingByProfile(profile: Profile): string[] {
  return profile.entries.filter((entry) => entry.count > 0).slice(0, PROFILE_TOP).map((entry) => entry.skill);
}

/**
 * Positions of the pool questions that carry one of those skills. @param arm for the error's text.
 * @throws StudioError `stat-empty-profile` where there are none.
 */
export function missingRows(pool: readonly Question[], profile: Profile, arm: string): number[] {
  const missing = new Set(missingByProfile(profile));
  const rows = pool.flatMap(({ skills }, row) => (skills.some((skill) => missing.has(skill)) ? [row] : []));
  if (rows.length > 0) return rows;
  throw new StudioError('stat-empty-profile', `The arm "${arm}" has nothing to ask: no missing skill has pool rows.`, {
    remedy: 'Use more validation questions, label the pool with the skills of the profile, or ask all questions.',
  });
}

/** One student on validation. Shares from 0 to 1; `missing` and `known` are means over skills, undefined without any. */
export interface Standing {
  accuracy: number;
  missing?: number;
  known?: number;
}

export function standingOf(questions: readonly Question[], responses: readonly Response[], missingSkills: readonly string[]): Standing {
  const { missing, known } = missingAndKnown(perSkill(questions, responses, responses), missingSkills);
  const right = responses.filter(({ correct }) => correct).length;
  return { accuracy: right / Math.max(1, responses.length), missing: missing?.after, known: known?.after };
}

/** By how much less of the known skills is answered than at the start; below 0 where it is more. */
export function forgotten(start: Standing, now: Standing): number {
  return (start.known ?? 0) - (now.known ?? 0);
}

/** Sums of shares differ in their last bits. */
const EXACT = 1e-9;

/** Whether a student forgot no more than it may. */
export function within(start: Standing, now: Standing, mayForget: number): boolean {
  return forgotten(start, now) <= mayForget + EXACT;
}

/**
 * The one to keep: of those that forgot no more than they may the best on all of validation, of equals the first; where none did, the one
 * that forgot least. Without `mayForget` the best. Undefined only where there are none.
 */
export function toKeep<T extends Standing>(candidates: readonly T[], start: Standing, mayForget = Infinity): T | undefined {
  const allowed = candidates.filter((one) => within(start, one, mayForget));
  if (allowed.length === 0) return [...candidates].sort((a, b) => forgotten(start, a) - forgotten(start, b))[0];
  return [...allowed].sort((a, b) => b.accuracy - a.accuracy)[0];
}
