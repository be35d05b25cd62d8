/** Filters over graded answers, and before-against-after joins, for the pages that list them. Pure. */
import type { Question, Response } from '../../data/types';

export type Verdict = 'all' | 'right' | 'wrong';

/** Responses of one verdict whose question carries `skill` (any skill when undefined), with their questions. */
export function answersWhere(
  responses: readonly Response[],
  byId: ReadonlyMap<string, Question>,
  verdict: Verdict,
  skill?: string,
): { response: Response; question: Question }[] {
  return responses.flatMap((response) => {
    const question = byId.get(response.questionId);
    if (!question) return [];
    if (verdict !== 'all' && response.correct !== (verdict === 'right')) return [];
    if (skill && !question.skills.includes(skill)) return [];
    return [{ response, question }];
  });
}

export function accuracy(responses: readonly Response[]): number {
  return responses.length === 0 ? NaN : responses.filter((response) => response.correct).length / responses.length;
}

export type Change = 'fixed' | 'broken' | 'still right' | 'still wrong';

export interface Changed {
  question: Question;
  before: Response;
  after: Response;
  change: Change;
}

/** The questions answered both times, with what happened to them. */
export function changes(questions: readonly Question[], before: readonly Response[], after: readonly Response[]): Changed[] {
  const first = new Map(before.map((response) => [response.questionId, response]));
  const second = new Map(after.map((response) => [response.questionId, response]));
  return questions.flatMap((question) => {
    const was = first.get(question.id);
    const is = second.get(question.id);
    return was && is ? [{ question, before: was, after: is, change: changeOf(was.correct, is.correct) }] : [];
  });
}

export function changeOf(before: boolean, after: boolean): Change {
  if (before) return after ? 'still right' : 'broken';
  return after ? 'fixed' : 'still wrong';
}
