/** Grades that a teacher gives: what to ask, and the verdict its reply makes. Nothing here calls a teacher. */
import type { Question, Response } from '../data/types';
import { extractFinal } from './extract';
import type { Verdict } from './graders';

/** All a teacher needs to compare two answers. It sees the reference, which it never does when it looks for missing skills. */
export interface GradeRequest {
  questionId: string;
  question: string;
  reference: string;
  response: string;
}

export interface GradeReply {
  correct: boolean;
  reason: string;
}

const longestReason = 300;

/** One request for each response that was graded wrong and wrote something: a cheap rule that says "right" needs no second opinion. */
export function gradeRequests(questions: readonly Question[], responses: readonly Response[]): GradeRequest[] {
  const byId = new Map(questions.map((question) => [question.id, question]));
  return responses.flatMap((response) => {
    const question = byId.get(response.questionId);
    if (!question || response.correct || response.text.trim() === '') return [];
    return [{ questionId: question.id, question: question.question, reference: question.answer, response: response.text }];
  });
}

/** The verdict of a reply; its rule names the teacher and quotes the reason. */
export function judgedVerdict(request: GradeRequest, reply: GradeReply, teacher: string): Verdict {
  const extracted = extractFinal(request.response)?.value;
  const reason = reply.reason.replace(/\s+/g, ' ').trim().slice(0, longestReason);
  const rule = `judged by ${teacher}: ${reason || (reply.correct ? 'right' : 'wrong')}`;
  return extracted === undefined ? { correct: reply.correct, rule } : { correct: reply.correct, extracted, rule };
}
