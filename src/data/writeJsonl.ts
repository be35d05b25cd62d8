/** Questions out as JSONL, one object a line: what `importDataset` and other trainers read. */
import type { Question } from './types';

/**
 * Rows with id, question, answer, skills and weight (`weights` where given, else the row's own, else 1). A repeated id, as
 * draws with repeats have, gets `~2`, `~3` …, so that the file can be imported again.
 */
export function writeJsonl(questions: readonly Question[], weights?: readonly number[]): string {
  const seen = new Map<string, number>();
  const used = new Set(questions.map((question) => question.id));
  const lines = questions.map((question, index) => {
    const { question: text, answer, skills } = question;
    const id = uniqueId(question.id, seen, used);
    return `${JSON.stringify({ id, question: text, answer, skills, weight: weights?.[index] ?? question.weight ?? 1 })}\n`;
  });
  return lines.join('');
}

function uniqueId(id: string, seen: Map<string, number>, used: Set<string>): string {
  let count = (seen.get(id) ?? 0) + 1;
  while (count > 1 && used.has(`${id}~${count}`)) count++;
  seen.set(id, count);
  if (count === 1) return id;
  used.add(`${id}~${count}`);
  return `${id}~${count}`;
}
