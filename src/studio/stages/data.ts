/** Stage 1: the splits. Rebuilt from the seed each time; what is stored is which imported rows are too long for the student. */
import { errorRecord } from '../../core/errors';
import type { Question } from '../../data/types';
import type { Student } from '../../model/types';
import { encodeExample, encodePrompt } from '../../train/example';
import type { Job } from '../job';
import { importedQuestions } from '../splits';
import type { Unit } from '../unit';

export async function planData(job: Job): Promise<Unit[]> {
  const { project, store } = job;
  const { source } = project;
  const units: Unit[] = [];
  if (source.kind === 'dataset') {
    units.push({
      key: 'fit', title: 'Measuring the questions', kind: 'fit', size: 1, done: project.leftOut !== undefined,
      async run() {
        const student = await job.student();
        const questions = await importedQuestions(source.datasetId, store);
        project.leftOut = questions.filter((question) => !fits(student, question)).map(({ id }) => id);
        await store.put('projects', [project]);
      },
    });
  }
  for (const test of project.tests ?? []) {
    units.push({
      key: `fit/${test.name}`, title: `Measuring the questions of ${test.title}`, kind: 'fit', size: 1, done: test.leftOut !== undefined,
      async run() {
        const student = await job.student();
        test.leftOut = (await importedQuestions(test.datasetId, store)).filter(({ question }) => !readable(() => encodePrompt(student, question))).map(({ id }) => id);
        await store.put('projects', [project]);
      },
    });
  }
  units.push({ key: 'splits', title: 'Drawing the questions', kind: 'splits', size: 1, done: false, run: async () => void (await job.splits()) });
  return units;
}

/** Whether question and answer together are within what the student can read. */
export function fits(student: Student, { question, answer }: Question): boolean {
  return readable(() => encodeExample(student, question, answer));
}

function readable(encode: () => unknown): boolean {
  try {
    encode();
    return true;
  } catch (thrown) {
    if (errorRecord(thrown).code === 'prompt-too-long') return false;
    throw thrown;
  }
}
