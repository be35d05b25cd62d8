/** One question typed by hand, answered by several students of a project one after the other, with the same draws. */
import type { Engine } from '../gpu/device';
import type { Student } from '../model/types';
import type { Project, StudioStore } from '../store/types';
import { encodePrompt, startIds } from '../train/example';
import { Generator } from '../train/generate';
import type { Asked } from '../train/types';
import { trainedStudent } from './tuning';

/** Where the students of a project come from. */
export interface Students {
  project: Project;
  store: StudioStore;
  loadStudent(name: string): Promise<Student>;
}

/**
 * @param runs run ids, or `base`.
 * @param onText is told what each has written so far.
 * @returns the whole texts, in the order of `runs`.
 * @throws StudioError `prompt-too-long`, `studio-missing-weights`; an AbortError when `signal` aborts.
 */
export async function answerSideBySide(
  engine: Engine, { project, store, loadStudent }: Students, runs: readonly string[], asked: Asked, onText: (run: string, text: string) => void = () => {},
  signal?: AbortSignal,
): Promise<string[]> {
  const base = { ...(await loadStudent(project.student)), packing: project.base };
  const texts: string[] = [];
  for (const run of runs) {
    signal?.throwIfAborted();
    texts.push(await answerOf(engine, await trainedStudent(project, store, run, base), asked, (text) => onText(run, text), signal));
    onText(run, texts[texts.length - 1]);
  }
  return texts;
}

async function answerOf(engine: Engine, student: Student, { text, plain, options }: Asked, onText: (text: string) => void, signal?: AbortSignal): Promise<string> {
  const prompt = plain ? [...startIds(student), ...student.tokenizer.encode(text)] : encodePrompt(student, text);
  const generator = await Generator.create(engine, student, student.params, { slots: 1, context: prompt.length + options.maxTokens });
  try {
    // The last character may still lack some of its bytes.
    const onWritten = (_: number, ids: number[]) => onText(student.tokenizer.decode(ids).replace(/\uFFFD$/, ''));
    const [{ ids }] = await generator.answer([prompt], options, undefined, signal, onWritten);
    return student.tokenizer.decode(ids);
  } finally {
    await generator.dispose();
  }
}
