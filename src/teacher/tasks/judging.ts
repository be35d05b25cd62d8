/** Judging: is a response right, and which skills does it miss; how sure is each of its steps; and is its final answer the reference's. */
import * as v from 'valibot';
import { Rejection } from '../rejection';
import type { GradeReply, GradeRequest, JudgeReply, JudgeRequest, ScoreReply, ScoreRequest } from '../types';
import { mostSkills, names, readReply, reason, refuseOffList, validateJudgement } from '../validate';
import { type ChatTask, oneOf, shape, skillLines, textSchema } from './task';

const verdictWord = v.pipe(v.string(), v.toLowerCase(), v.trim(), v.picklist(['correct', 'incorrect']));
const Judgement = v.object({ judge: verdictWord, reason, skills: v.optional(names, []) });

export const judge: ChatTask<JudgeRequest, JudgeReply> = {
  task: 'judge',
  prompt: () => 'judge',
  texts: ({ question, response, skills }) => ({ question, response, skills: skillLines(skills) }),
  schema: ({ skills }) => shape({
    judge: { type: 'string', enum: ['correct', 'incorrect'] },
    reason: textSchema(800),
    skills: { type: 'array', items: oneOf(skills), maxItems: mostSkills },
  }),
  read(reply, { skills }, last) {
    const { judge: verdict, reason: why, skills: missing } = readReply(Judgement, reply);
    const checked = validateJudgement({ judgedCorrect: verdict === 'correct', missing, reason: why }, skills);
    if (!checked.judgedCorrect && checked.missing.length === 0) throw new Rejection('reply-off-list', 'an incorrect response misses at least one skill of the list');
    if (!last) refuseOffList(checked);
    return checked;
  },
  maxTokens: () => 800,
  temperature: 0,
};

export const score: ChatTask<ScoreRequest, ScoreReply> = {
  task: 'score',
  prompt: () => 'score',
  texts: ({ question, steps }) => ({ question, steps: steps.map((step, i) => `${i + 1}. ${step}`).join('\n') }),
  numbers: ({ steps }) => ({ count: steps.length }),
  schema: ({ steps: { length } }) => shape({
    scores: { type: 'array', items: { type: 'number', minimum: 0, maximum: 1 }, minItems: length, maxItems: length },
  }),
  read(reply, { steps }) {
    const { scores } = readReply(v.object({ scores: v.pipe(v.array(v.pipe(v.number(), v.minValue(0), v.maxValue(1))), v.maxLength(10_000)) }), reply);
    if (scores.length !== steps.length) throw new Rejection('reply-wrong-count', `${scores.length} scores for ${steps.length} steps`);
    return { scores };
  },
  maxTokens: ({ steps }) => 100 + 10 * steps.length,
  temperature: 0,
};

export const grade: ChatTask<GradeRequest, GradeReply> = {
  task: 'grade',
  prompt: () => 'grade',
  texts: ({ question, reference, response }) => ({ question, reference, response }),
  schema: () => shape({ reason: textSchema(400), verdict: { type: 'string', enum: ['correct', 'incorrect'] } }),
  read(reply) {
    const { verdict, reason: why } = readReply(v.object({ verdict: verdictWord, reason }), reply);
    return { correct: verdict === 'correct', reason: why };
  },
  maxTokens: () => 300,
  temperature: 0,
};
