/** Stage 2: what to ask the teacher, and the Missing-Skill-Profile from its verdicts (paper §2.2, App. C.3.2). */
import { StudioError } from '../core/errors';
import type { Question, Response, Skill } from '../data/types';
import { skillMap } from './skills';
import type { MissingSkills, Profile, ProfileEntry } from './types';

/** All a teacher may see of one difficult question: never the reference answer, never a label. */
export interface JudgeRequest {
  questionId: string;
  question: string;
  response: string;
  /** The closed list to choose from. */
  skills: readonly Skill[];
}

/** One request a difficult question, in the order given. Throws `stat-unknown-question` for an id without question or response. */
export function judgeRequests(
  difficult: readonly string[], questions: readonly Question[], responses: readonly Response[], skills: readonly Skill[],
): JudgeRequest[] {
  const questionOf = new Map(questions.map((question) => [question.id, question]));
  const responseOf = new Map(responses.map((response) => [response.questionId, response]));
  return difficult.map((questionId) => {
    const question = questionOf.get(questionId);
    const response = responseOf.get(questionId);
    if (!question || !response) {
      throw new StudioError('stat-unknown-question', `There is no ${question ? 'response to' : 'question'} ${questionId}.`, {
        remedy: 'Run the diagnosis again on the current validation questions.',
      });
    }
    return { questionId, question: question.question, response: response.text, skills };
  });
}

export interface ProfileOptions {
  /** Order of the entries; default `rate`. */
  order?: 'rate' | 'count';
  /** Count the skills of responses the teacher judged right after all; default false. */
  keepJudgedCorrect?: boolean;
}

/** The verdicts that count: the last one a question, without those judged correct (unless kept), each skill named once. */
export function countedJudgements(judgements: readonly MissingSkills[], keepJudgedCorrect = false): MissingSkills[] {
  const last = new Map(judgements.map((judgement) => [judgement.questionId, judgement]));
  return [...last.values()]
    .filter((judgement) => keepJudgedCorrect || !judgement.judgedCorrect)
    .map((judgement) => ({ ...judgement, missing: [...new Set(judgement.missing)] }));
}

/**
 * Missing-Skill-Profile: n_s and its rate for every skill that a validation question carries or the teacher names.
 * Skills nobody misses are there with count 0, so that ranks cover the whole list. `difficult` counts all judged questions.
 */
export function profileFrom(
  judgements: readonly MissingSkills[], validation: readonly Question[], options: ProfileOptions = {},
): Profile {
  const carried = skillMap(validation);
  const counts = new Map<string, number>([...carried.keys()].map((skill) => [skill, 0]));
  for (const { missing } of countedJudgements(judgements, options.keepJudgedCorrect)) {
    for (const skill of missing) counts.set(skill, (counts.get(skill) ?? 0) + 1);
  }
  const entries = [...counts].map(([skill, count]) => entryOf(skill, count, carried.get(skill)?.length ?? 0));
  entries.sort(inOrder(options.order));
  const difficult = new Set(judgements.map((judgement) => judgement.questionId)).size;
  return { entries, difficult, validation: validation.length };
}

/** The same profile with other judgements: carriers and the questions asked stay as they were. */
export function recountedProfile(profile: Profile, judgements: readonly MissingSkills[], options: ProfileOptions = {}): Profile {
  const counts = new Map(profile.entries.map(({ skill }) => [skill, 0]));
  for (const { missing } of countedJudgements(judgements, options.keepJudgedCorrect)) {
    for (const skill of missing) counts.set(skill, (counts.get(skill) ?? 0) + 1);
  }
  const carriers = new Map(profile.entries.map((entry) => [entry.skill, entry.carriers]));
  const entries = [...counts].map(([skill, count]) => entryOf(skill, count, carriers.get(skill) ?? 0)).sort(inOrder(options.order));
  return { entries, difficult: new Set(judgements.map((judgement) => judgement.questionId)).size, validation: profile.validation };
}

function entryOf(skill: string, count: number, carriers: number): ProfileEntry {
  return { skill, count, carriers, rate: carriers === 0 ? 0 : count / carriers };
}

function inOrder(order: ProfileOptions['order'] = 'rate'): (a: ProfileEntry, b: ProfileEntry) => number {
  const [first, second] = order === 'count' ? (['count', 'rate'] as const) : (['rate', 'count'] as const);
  return (a, b) => b[first] - a[first] || b[second] - a[second] || (a.skill < b.skill ? -1 : 1);
}
