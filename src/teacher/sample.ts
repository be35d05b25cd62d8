/** Some of the requests of a job, for its forecast and for showing the first word for word before anything leaves. */
import type { ChatRequest } from './chat';
import { requestFor } from './chatTeacher';
import type { Edited } from './prompts';
import { solve, write } from './tasks/writing';
import type { WriteRequest } from './types';

/** A few items evenly from all, the first among them: enough for a mean. */
export function someOf<T>(items: readonly T[], most = 32): T[] {
  const size = Math.min(most, items.length);
  return Array.from({ length: size }, (_, i) => items[Math.floor((i * items.length) / size)]);
}

/** New questions, each with its `solutions`; what is to be solved is not written yet, so its first reference stands for it. */
export function writingSample(requests: readonly WriteRequest[], solutions: number, edited?: Edited): ChatRequest[] {
  return someOf(requests).flatMap((row) => [
    requestFor(write, row, edited).request,
    ...Array.from({ length: solutions }, (_, draw) => requestFor(solve, { question: row.parents[0]?.question ?? '', draw }, edited).request),
  ]);
}
