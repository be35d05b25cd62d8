/** Labelling by batch: the requests of a file of questions as they would be sent one by one, each named so that its result is known again. */
import type { Question, Skill } from '../data/types';
import type { Expected } from '../teacher/batch/read';
import type { BatchRequest } from '../teacher/batch/write';
import { requestFor } from '../teacher/chatTeacher';
import { callKey } from '../teacher/ledger/entry';
import type { Edited } from '../teacher/prompts';
import { label } from '../teacher/tasks/skills';

/** One request a different text, in the order of the questions; its id is its position and its key in the ledger. */
export function* batchLabelRequests(questions: readonly Question[], skills: Skill[], recipient: string, edited: Edited = {}): Generator<BatchRequest & Expected> {
  const seen = new Set<string>();
  for (const { id: row, question } of questions) {
    const { promptVersion, request } = requestFor(label, { question, skills, row }, edited);
    const key = callKey(recipient, request);
    if (seen.has(key)) continue;
    seen.add(key);
    yield { id: `${seen.size}-${key}`, request, key, row, promptVersion };
  }
}
