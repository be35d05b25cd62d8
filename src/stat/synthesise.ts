/** Stage 3b: new questions from a teacher. What to ask for (STAT-Syn, Embed-Syn, Augment), and which replies become rows. */
import { Random } from '../core/random';
import { hashText } from '../core/hash';
import { NearCopies } from '../data/similarity';
import type { Question, Skill } from '../data/types';
import { countedJudgements } from './profile';
import type { MissingSkills, SkillMap } from './types';

/** Three references a request, one new question a call, three solutions each, two of which must agree (paper §2.3, App. B.2). */
export const synthesisDefaults = { references: 3, perSkill: 2, solutions: 3, agreeing: 2, nearCopy: 0.7 } as const;

/** Fits a teacher's `write` task: one new question a call. `parents` are pool questions with their answers. */
export interface WriteRequest {
  row: string;
  skill: Skill;
  parents: { question: string; answer: string }[];
  draw: number;
  /** Pool indices of the parents, so that copies of them can be found. */
  references: number[];
}

export interface SynthesisOptions {
  references?: number;
  /** New questions for each missing skill of a difficult question. */
  perSkill?: number;
}

/** STAT-Syn: for each difficult question and each skill it misses, references from that skill's pool rows, drawn without repeats. */
export function statSynRequests(
  judgements: readonly MissingSkills[], map: SkillMap, pool: readonly Question[], skills: readonly Skill[], seed: number, options: SynthesisOptions = {},
): WriteRequest[] {
  const { references = synthesisDefaults.references, perSkill = synthesisDefaults.perSkill } = options;
  const described = new Map(skills.map((skill) => [skill.name, skill]));
  return countedJudgements(judgements).flatMap(({ questionId, missing }) => missing.flatMap((name) => {
    const carriers = map.get(name) ?? [];
    if (carriers.length === 0) return [];
    return Array.from({ length: perSkill }, (_, draw): WriteRequest => {
      const drawn = new Random(seed, 'stat-syn', questionId, name, draw).shuffle([...carriers]).slice(0, references);
      return requestOf(`${questionId}/${name}/${draw}`, described.get(name) ?? { name, description: '' }, drawn, pool, draw);
    });
  }));
}

/** Embed-Syn: of the `nearest` pool rows of each difficult question (Embed-Sel's), as many new questions, each from another group of references. */
export function embedSynRequests(
  nearest: ReadonlyMap<string, readonly number[]>, pool: readonly Question[], seed: number, references: number = synthesisDefaults.references,
): WriteRequest[] {
  return [...nearest].flatMap(([questionId, rows]) => rows.map((_, draw) => {
    const drawn = new Random(seed, 'embed-syn', questionId, draw).shuffle([...rows]).slice(0, references);
    const skill = { name: pool[drawn[0]]?.skills[0] ?? '', description: '' };
    return requestOf(`${questionId}/near/${draw}`, skill, drawn, pool, draw);
  }));
}

function requestOf(row: string, skill: Skill, drawn: number[], pool: readonly Question[], draw: number): WriteRequest {
  return { row, skill, parents: drawn.map((index) => ({ question: pool[index].question, answer: pool[index].answer })), draw, references: drawn };
}

/** Augment: each pool answer written anew `times` times. Fits a teacher's `rewrite` task. */
export function augmentRequests(pool: readonly Question[], times = 3): { row: string; question: string; answer: string; draw: number }[] {
  return pool.flatMap(({ id, question, answer }) => Array.from({ length: times }, (_, draw) => ({ row: id, question, answer, draw })));
}

/** A solution as a teacher's `solve` or `rewrite` gives it: the working, and the final answer alone. */
export interface Solution {
  answer: string;
  final: string;
}

export interface Written {
  request: WriteRequest;
  question: string;
  solutions: Solution[];
}

/** Whether two final answers are the same; a grader's judgement, handed in. */
export type SameAnswer = (a: string, b: string) => boolean;

export interface Accepted {
  /** One row an agreeing solution, all of a question with the same skill. */
  rows: Question[];
  /** Distinct new questions among them. */
  questions: number;
  dropped: { nearReference: number; nearEvaluation: number; repeated: number; disagreeing: number; empty: number };
}

/**
 * What becomes of the replies, in order. Dropped and counted: empty ones; near copies of their references, of any evaluation question,
 * of a question accepted before; those on whose answer fewer than `agreeing` solutions agree. Only agreeing solutions are kept.
 */
export function acceptWritten(
  written: readonly Written[], evaluation: readonly string[], same: SameAnswer, options: { agreeing?: number; nearCopy?: number } = {},
): Accepted {
  const { agreeing = synthesisDefaults.agreeing, nearCopy = synthesisDefaults.nearCopy } = options;
  const accepted: Accepted = { rows: [], questions: 0, dropped: { nearReference: 0, nearEvaluation: 0, repeated: 0, disagreeing: 0, empty: 0 } };
  const tests = new NearCopies(evaluation);
  const near = (copies: NearCopies, text: string): boolean => (copies.nearest(text)?.similarity ?? 0) >= nearCopy;
  const before = new Set<string>();
  for (const { request, question, solutions } of written) {
    const key = hashText(question.toLowerCase().replace(/\s+/g, ' ').trim());
    const agreed = largestAgreement(solutions, same);
    if (question.trim() === '') accepted.dropped.empty++;
    else if (near(new NearCopies(request.parents.map((parent) => parent.question)), question)) accepted.dropped.nearReference++;
    else if (near(tests, question)) accepted.dropped.nearEvaluation++;
    else if (before.has(key)) accepted.dropped.repeated++;
    else if (agreed.length < agreeing) accepted.dropped.disagreeing++;
    else {
      before.add(key);
      accepted.questions++;
      agreed.forEach(({ answer }, i) => accepted.rows.push({ id: `new-${key}${i === 0 ? '' : `~${i + 1}`}`, question, answer, skills: request.skill.name === '' ? [] : [request.skill.name] }));
    }
  }
  return accepted;
}

/** Augment keeps a rewritten answer that ends as the pool's does; the others are counted. */
export function acceptRewritten(
  pool: readonly Question[], replies: readonly { row: string; answer: string }[], correct: (reference: string, answer: string) => boolean,
): { rows: Question[]; dropped: number } {
  const byId = new Map(pool.map((question) => [question.id, question]));
  const rows = replies.flatMap(({ row, answer }, i): Question[] => {
    const question = byId.get(row);
    return question && answer.trim() !== '' && correct(question.answer, answer) ? [{ ...question, id: `${row}~a${i}`, answer }] : [];
  });
  return { rows, dropped: replies.length - rows.length };
}

/** The solutions that share the most common final answer; of two as common, the one that comes first. */
export function largestAgreement(solutions: readonly Solution[], same: SameAnswer): Solution[] {
  const groups: Solution[][] = [];
  for (const solution of solutions) {
    if (solution.final.trim() === '') continue;
    const group = groups.find(([first]) => same(first.final, solution.final));
    if (group) group.push(solution);
    else groups.push([solution]);
  }
  return groups.reduce<Solution[]>((best, group) => (group.length > best.length ? group : best), []);
}
