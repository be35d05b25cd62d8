/** One question typed by hand, answered by the student as it is or as a run left it. */
import type { Engine } from '../gpu/device';
import type { Student } from '../model/types';
import type { Project, StudioStore } from '../store/types';
import { encodePrompt } from '../train/example';
import { Generator } from '../train/generate';
import { storedWeights, studentWith } from './students';

/** @param run a run id, or `base`. */
export async function oneAnswer(
  project: Project, run: string, question: string, engine: Engine, store: StudioStore, loadStudent: (name: string) => Promise<Student>,
): Promise<string> {
  const base = await loadStudent(project.student);
  const student = run === 'base' ? base : await studentWith(base, await storedWeights(store, run));
  const prompt = encodePrompt(student, question);
  const generator = await Generator.create(engine, student, student.params, { slots: 1 });
  try {
    const [{ ids }] = await generator.answer([prompt], project.generation);
    return student.tokenizer.decode(ids);
  } finally {
    generator.dispose();
  }
}
