/** What any teacher replied, checked before it is used: the right shape, bounded, plain text, and only skills of the list. */

import * as v from 'valibot';
import type { Skill } from '../data/types';
import { Rejection } from './rejection';
import type { JudgeReply, LabelReply, Lost } from './types';

/** The most skills a reply may name (paper, appendix C.3). */
export const mostSkills = 5;
const mostReasonCharacters = 2000;
const mostNames = 100;
const mostNameCharacters = 200;

// Found, not parsed: what a browser could act on has no place in a skill, a question or a solution.
const markup = /<\/?(script|style|iframe|img|svg|math|object|embed|form|input|button|link|meta|base|html|head|body|div|span|table|video|audio)\b|\p{Cc}(?<![\n\r\t])/iu;

export const names = v.pipe(v.array(v.pipe(v.string(), v.maxLength(mostNameCharacters))), v.maxLength(mostNames));
/** A teacher's reason: kept short, and rid of what a browser could act on, because it quotes whatever the student wrote. */
export const reason = v.optional(v.pipe(v.string(), v.transform((text) => harmless(text.slice(0, mostReasonCharacters)))), '');
const labelSchema = v.object({ skills: names, reason });
const judgementSchema = v.object({ judgedCorrect: v.boolean(), missing: names, reason });

/** A checked label. Throws `reply-shape` if the reply has not the shape of one. */
export function validateLabel(reply: unknown, skills: readonly Skill[]): LabelReply & { lost: Lost } {
  const { skills: named, reason: why } = readReply(labelSchema, reply);
  const { kept, lost } = listed(named, skills);
  return { skills: kept, reason: why, lost };
}

/** A checked judgement. What it names of a response it finds right is kept: a profile leaves that out unless told otherwise. Throws `reply-shape`. */
export function validateJudgement(reply: unknown, skills: readonly Skill[]): JudgeReply & { lost: Lost } {
  const { judgedCorrect, missing, reason: why } = readReply(judgementSchema, reply);
  const { kept, lost } = listed(missing, skills);
  return { judgedCorrect, missing: kept, reason: why, lost };
}

/** The reply in its shape. Throws `reply-shape`, naming the field. */
export function readReply<Out>(schema: v.GenericSchema<unknown, Out>, reply: unknown): Out {
  const result = v.safeParse(schema, reply);
  if (result.success) return result.output;
  const issue = result.issues[0];
  throw new Rejection('reply-shape', `${v.getDotPath(issue) ?? 'the reply'}: ${issue.message.slice(0, mostNameCharacters)}`);
}

/** A text to be kept and learned from. Throws `reply-markup`. */
export function plainText(text: string): string {
  if (markup.test(text)) throw new Rejection('reply-markup');
  return text.trim();
}

const harmless = (text: string): string => text.replace(/\p{Cc}(?<![\n\r\t])/gu, ' ').replace(/<(?=[/!a-z])/gi, '‹');

/** The list's own spelling of each name, the first five; a difference of case or spacing is none. */
export function listed(named: readonly string[], skills: readonly Skill[]): { kept: string[]; lost: Lost } {
  const known = new Map(skills.map(({ name }) => [folded(name), name]));
  const exact = new Set(skills.map(({ name }) => name));
  const distinct = [...new Set(named.map((name) => (exact.has(name.trim()) ? name.trim() : known.get(folded(name)) ?? name.trim())))];
  const onList = distinct.filter((name) => exact.has(name));
  const kept = onList.slice(0, mostSkills);
  return { kept, lost: { offList: distinct.length - onList.length, cut: onList.length - kept.length } };
}

/** Throws `reply-off-list` where a reply names skills that are not on the list beside good ones: it is asked again, and they are never kept. */
export function refuseOffList({ lost }: { lost: Lost }): void {
  if (lost.offList > 0) throw new Rejection('reply-off-list', `${lost.offList} of its names are not on the list; use only names that are, spelled as they stand there`);
}

const folded = (name: string): string => name.trim().toLowerCase().replace(/[\s_-]+/g, ' ');
