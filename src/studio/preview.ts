/** One row as the student sees it, token by token: for showing before anything is trained. */
import type { Student } from '../model/types';
import { encodeExample, shownTokens, type Preview } from '../train/example';

/** Most tokens shown; the rest of a longer row are counted. */
const MOST_SHOWN = 600;

/** @throws StudioError `prompt-too-long`, `model-bad-template` */
export function previewExample(student: Student, question: string, answer: string): Preview {
  const { ids, lossFrom } = encodeExample(student, question, answer);
  return { tokens: shownTokens(student, { ids: ids.slice(0, MOST_SHOWN), lossFrom }), total: ids.length, learned: ids.length - lossFrom };
}
