/** Answers that the grader calls wrong shown to the teacher with their references: a verdict of "right" counts, and every rule says who decided. */
import { StudioError } from '../core/errors';
import type { Question, Response } from '../data/types';
import { gradeRequests, judgedVerdict } from '../grade/teacherJudged';
import type { WorkingTeacher } from '../teacher/runner/caller';
import type { Teacher } from '../teacher/types';
import { runRows, type RowFailure } from '../teacher/runner/rows';

export interface SecondOpinion {
  responses: Response[];
  /** Rows the teacher gave nothing usable for: the grader's own verdict stands, and its rule says so. */
  failures: RowFailure[];
}

/** @throws StudioError `studio-no-grader` for a teacher that cannot compare answers */
export function graderOf({ name, grade }: Teacher): NonNullable<Teacher['grade']> {
  if (grade) return grade;
  throw new StudioError('studio-no-grader', `The teacher "${name}" cannot compare answers.`, { remedy: 'Connect a language model, or leave grading to the rules.' });
}

/** @throws StudioError `studio-no-grader` for a teacher that cannot compare answers; else as `runRows`. */
export async function secondOpinion(
  teacher: WorkingTeacher, questions: readonly Question[], responses: readonly Response[],
  { signal, onProgress }: { signal: AbortSignal; onProgress?(ended: number, all: number): void },
): Promise<SecondOpinion> {
  const grade = graderOf(teacher);
  const requests = gradeRequests(questions, responses).map((request) => ({ ...request, id: request.questionId }));
  const outcomes = await runRows(requests, ({ id: row, question, reference, response }) => grade({ row, question, reference, response }), {
    rowsAtOnce: teacher.rowsAtOnce ?? teacher.caller?.rowsAtOnce ?? 1, signal, onProgress: (ended) => onProgress?.(ended, requests.length),
  });
  const verdicts = new Map(requests.flatMap((request, i) => {
    const outcome = outcomes[i];
    return 'value' in outcome ? [[request.id, judgedVerdict(request, outcome.value, teacher.name)] as const] : [];
  }));
  const failures = outcomes.flatMap((outcome) => ('failure' in outcome ? [outcome.failure] : []));
  const failed = new Map(failures.map(({ row, code }) => [row, code]));
  return {
    responses: responses.map((response) => {
      if (response.correct) return response;
      const code = failed.get(response.questionId);
      return code === undefined ? { ...response, ...verdicts.get(response.questionId) } : { ...response, rule: `${response.rule}; the teacher gave no verdict (${code})` };
    }),
    failures,
  };
}
