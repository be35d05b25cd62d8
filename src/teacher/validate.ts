/** What any teacher replied, checked before it is used: the right shape, bounded, and only skills of the list. */

import * as v from 'valibot';
import { StudioError } from '../core/errors';
import type { Skill } from '../data/types';
import type { JudgeReply, LabelReply } from './types';

/** The most skills a reply may name (paper, appendix C.3). */
const mostSkills = 5;
const mostReasonCharacters = 2000;
const mostNames = 100;
const mostNameCharacters = 200;

const names = v.pipe(v.array(v.pipe(v.string(), v.maxLength(mostNameCharacters))), v.maxLength(mostNames));
const reason = v.optional(v.pipe(v.string(), v.transform((text) => text.slice(0, mostReasonCharacters))), '');
const labelSchema = v.object({ skills: names, reason });
const judgementSchema = v.object({ judgedCorrect: v.boolean(), missing: names, reason });

/** How many names a reply lost, to be counted and shown. */
export interface Lost {
  /** Names that are not on the skill list. */
  offList: number;
  /** Listed names past the fifth. */
  cut: number;
}

/** A checked label. Throws `teacher-bad-reply` if the reply has not the shape of one. */
export function validateLabel(reply: unknown, skills: readonly Skill[]): LabelReply & { lost: Lost } {
  const { skills: named, reason: why } = parse(labelSchema, reply);
  const { kept, lost } = listed(named, skills);
  return { skills: kept, reason: why, lost };
}

/** A checked judgement; one that finds the response right misses nothing. Throws `teacher-bad-reply`. */
export function validateJudgement(reply: unknown, skills: readonly Skill[]): JudgeReply & { lost: Lost } {
  const { judgedCorrect, missing, reason: why } = parse(judgementSchema, reply);
  const { kept, lost } = listed(missing, skills);
  return { judgedCorrect, missing: judgedCorrect ? [] : kept, reason: why, lost };
}

function parse<Out>(schema: v.GenericSchema<unknown, Out>, reply: unknown): Out {
  const result = v.safeParse(schema, reply);
  if (result.success) return result.output;
  const issue = result.issues[0];
  throw new StudioError('teacher-bad-reply', 'The teacher’s reply could not be read.', {
    where: `${v.getDotPath(issue) ?? 'the reply'}: ${issue.message.slice(0, mostNameCharacters)}`,
    kept: 'This question stays without a reply.',
    remedy: 'Ask again, or use another teacher.',
  });
}

function listed(named: readonly string[], skills: readonly Skill[]): { kept: string[]; lost: Lost } {
  const known = new Set(skills.map((skill) => skill.name));
  const distinct = [...new Set(named.map((name) => name.trim()))];
  const onList = distinct.filter((name) => known.has(name));
  const kept = onList.slice(0, mostSkills);
  return { kept, lost: { offList: distinct.length - onList.length, cut: onList.length - kept.length } };
}
