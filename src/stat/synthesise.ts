/** Stage 3b: new questions from a teacher. What to ask for (STAT-Syn, Embed-Syn, Augment), and which replies become rows. */
import { Random } from '../core/random';
import { hashText } from '../core/hash';
import { NearCopies } from '../data/similarity';
import type { Question, Skill } from '../data/types';
import type { ArmContext } from './arms';
import { countedJudgements } from './profile';
import { paperDrawsPerSkill } from './select';
import { skillMap } from './skills';
import type { ArmSpec, MissingSkills, NewRow, Profile, SkillMap, WritingCounts } from './types';

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
  keepJudgedCorrect?: boolean;
}

/** STAT-Syn: for each difficult question and each skill it misses, references from that skill's pool rows, drawn without repeats. */
export function statSynRequests(
  judgements: readonly MissingSkills[], map: SkillMap, pool: readonly Question[], skills: readonly Skill[], seed: number, options: SynthesisOptions = {},
): WriteRequest[] {
  const { references = synthesisDefaults.references, perSkill = synthesisDefaults.perSkill, keepJudgedCorrect } = options;
  const described = new Map(skills.map((skill) => [skill.name, skill]));
  return countedJudgements(judgements, keepJudgedCorrect).flatMap(({ questionId, missing }) => missing.flatMap((name) => {
    const carriers = map.get(name) ?? [];
    if (carriers.length === 0) return [];
    return Array.from({ length: perSkill }, (_, draw): WriteRequest => {
      const drawn = new Random(seed, 'stat-syn', questionId, name, draw).shuffle([...carriers]).slice(0, references);
      return requestOf(`${questionId}/${name}/${draw}`, described.get(name) ?? { name, description: '' }, drawn, pool, draw);
    });
  }));
}

/** STAT-Syn by rate: each of `count` requests picks a skill in proportion to its missing rate, then references as above. */
export function statSynByRate(
  profile: Profile, map: SkillMap, pool: readonly Question[], skills: readonly Skill[], count: number, seed: number, references: number = synthesisDefaults.references,
): WriteRequest[] {
  const usable = profile.entries.filter(({ skill, rate }) => rate > 0 && map.has(skill));
  if (usable.length === 0) return [];
  const described = new Map(skills.map((skill) => [skill.name, skill]));
  const random = new Random(seed, 'stat-syn-rate');
  return Array.from({ length: count }, (_, draw): WriteRequest => {
    const { skill: name } = usable[random.weighted(usable.map(({ rate }) => rate))];
    const drawn = random.shuffle([...map.get(name) ?? []]).slice(0, references);
    return requestOf(`${name}/${draw}`, described.get(name) ?? { name, description: '' }, drawn, pool, draw);
  });
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

/** What requests are like before anything is diagnosed or embedded: a few of them, by references that lie evenly in the pool. */
export function exampleRequests(pool: readonly Question[], seed: number): WriteRequest[] {
  const rows = pool.map((_, row) => row);
  const groups = Math.min(8, rows.length);
  const starts = Array.from({ length: groups }, (_, i) => Math.floor((i * rows.length) / groups));
  return embedSynRequests(new Map(starts.map((start) => [`${start}`, rows.slice(start, start + synthesisDefaults.references)])), pool, seed);
}

function requestOf(row: string, skill: Skill, drawn: number[], pool: readonly Question[], draw: number): WriteRequest {
  return { row, skill, parents: drawn.map((index) => ({ question: pool[index].question, answer: pool[index].answer })), draw, references: drawn };
}

/** The questions that an arm has written: Embed-Syn's from `nearest`, STAT-Syn's from its share of the profile. */
export function writeRequestsFor(
  arm: Pick<ArmSpec, 'kind' | 'by' | 'neighbours' | 'drawsPerSkill' | 'keepJudgedCorrect'>,
  context: Pick<ArmContext, 'pool' | 'profile' | 'judgements' | 'presentations' | 'seed' | 'nearest'>, skills: readonly Skill[],
): WriteRequest[] {
  const { pool, profile, judgements, presentations, seed, nearest = new Map<string, readonly number[]>() } = context;
  const { neighbours = paperDrawsPerSkill, drawsPerSkill: perSkill, keepJudgedCorrect } = arm;
  if (arm.kind === 'embed-syn') return embedSynRequests(new Map([...nearest].map(([id, rows]) => [id, rows.slice(0, neighbours)])), pool, seed);
  return arm.by === 'rate' ? statSynByRate(profile, skillMap(pool), pool, skills, presentations, seed)
    : statSynRequests(judgements, skillMap(pool), pool, skills, seed, { perSkill, keepJudgedCorrect });
}

/** Fits a teacher's `rewrite` task. */
export interface RewriteRequest {
  /** The pool question's id. */
  row: string;
  question: string;
  answer: string;
  draw: number;
}

/** Augment: `count` of the rewritings that three of each pool answer would be, drawn without repeats: the paper writes all and draws after. */
export function augmentRequests(pool: readonly Question[], count: number, seed: number, times = 3): RewriteRequest[] {
  const all = Array.from({ length: pool.length * times }, (_, i) => i);
  return new Random(seed, 'augment').shuffle(all).slice(0, count).map((i) => {
    const { id, question, answer } = pool[Math.floor(i / times)];
    return { row: id, question, answer, draw: i % times };
  });
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
  rows: NewRow[];
  counts: Pick<WritingCounts, 'questions' | 'rows' | 'dropped'>;
}

/** Drops copies from what it is shown one after the other, and counts what it drops and why. */
class Gate {
  readonly dropped: WritingCounts['dropped'] = { nearReference: 0, nearEvaluation: 0, repeated: 0, disagreeing: 0, empty: 0, tooLong: 0 };
  private readonly tests: NearCopies;
  private readonly workings: Set<string>;
  private readonly before = new Set<string>();

  constructor(evaluation: readonly Pick<Question, 'question' | 'answer'>[], private readonly nearCopy: number) {
    this.tests = new NearCopies(evaluation.map(({ question }) => question));
    this.workings = new Set(evaluation.map(({ answer }) => folded(answer)));
  }

  /** What the question is told apart by, where it may stay. */
  passed({ request, question }: Written, agreed: readonly Solution[], agreeing: number): string | undefined {
    const key = hashText(folded(question));
    const reason = question.trim() === '' ? 'empty'
      : this.near(new NearCopies(request.parents.map((parent) => parent.question)), question) ? 'nearReference'
      : this.near(this.tests, question) || agreed.some((solution) => this.sameWorking(solution)) ? 'nearEvaluation'
      : this.before.has(key) ? 'repeated'
      : agreed.length < agreeing ? 'disagreeing'
      : undefined;
    if (reason) this.dropped[reason]++;
    else this.before.add(key);
    return reason ? undefined : key;
  }

  private near(copies: NearCopies, text: string): boolean {
    return (copies.nearest(text)?.similarity ?? 0) >= this.nearCopy;
  }

  /** The same question in other words has the same working; a bare result says nothing. */
  private sameWorking({ answer, final }: Solution): boolean {
    const working = folded(answer);
    return working !== folded(final) && this.workings.has(working);
  }
}

/**
 * What becomes of the replies, in order. Dropped and counted: empty ones; near copies of their references, of any evaluation question, or
 * with the very working of one; those accepted before; those on whose answer fewer than `agreeing` solutions agree. Only agreeing
 * solutions are kept, each wording once.
 */
export function acceptWritten(
  written: readonly Written[], pool: readonly Question[], evaluation: readonly Pick<Question, 'question' | 'answer'>[], same: SameAnswer,
  options: { agreeing?: number; nearCopy?: number } = {},
): Accepted {
  const { agreeing = synthesisDefaults.agreeing, nearCopy = synthesisDefaults.nearCopy } = options;
  const gate = new Gate(evaluation, nearCopy);
  let questions = 0;
  const rows = written.flatMap((one): NewRow[] => {
    const { request, question, solutions } = one;
    const agreed = largestAgreement(solutions, same);
    const key = gate.passed(one, agreed, agreeing);
    if (key === undefined) return [];
    questions++;
    const from = { references: request.references.map((index) => pool[index].id), agreeing: agreed.length, solutions: solutions.length };
    const skills = request.skill.name === '' ? [] : [request.skill.name];
    return [...new Set(agreed.map(({ answer }) => answer))].map((answer, i) => ({ id: `new-${key}${i === 0 ? '' : `~${i + 1}`}`, question, answer, skills, from }));
  });
  return { rows, counts: { questions, rows: rows.length, dropped: gate.dropped } };
}

/** Augment keeps a rewritten answer that ends as the pool's does and is not told as one before it; the others are counted. */
export function acceptRewritten(
  pool: readonly Question[], replies: readonly { row: string; answer: string }[], correct: (reference: string, answer: string) => boolean,
): Accepted {
  const byId = new Map(pool.map((question) => [question.id, question]));
  const dropped: WritingCounts['dropped'] = { nearReference: 0, nearEvaluation: 0, repeated: 0, disagreeing: 0, empty: 0, tooLong: 0 };
  const told = new Set<string>();
  const rows = replies.flatMap(({ row, answer }, i): NewRow[] => {
    const question = byId.get(row);
    const key = `${row}\n${answer}`;
    const reason = !question || answer.trim() === '' ? 'empty' : !correct(question.answer, answer) ? 'disagreeing' : told.has(key) ? 'repeated' : undefined;
    if (!question || reason) {
      dropped[reason ?? 'empty']++;
      return [];
    }
    told.add(key);
    return [{ id: `${row}~a${i}`, question: question.question, answer, skills: question.skills, from: { references: [row], agreeing: 1, solutions: 1 } }];
  });
  return { rows, counts: { questions: new Set(rows.map(({ question }) => question)).size, rows: rows.length, dropped } };
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

function folded(text: string): string {
  return text.toLowerCase().replace(/\s+/g, ' ').trim();
}
