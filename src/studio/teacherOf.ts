/** Which teacher a project has: the rules of its world, or for imported data the file's own labels. */
import type { Question } from '../data/types';
import type { Project, StudioStore } from '../store/types';
import { rulesTeacher } from '../teacher/rules';
import type { Teacher } from '../teacher/types';
import { sourceQuestions } from './splits';

export async function teacherOf(project: Project, store: StudioStore): Promise<Teacher> {
  const { source } = project;
  return source.kind === 'world' ? rulesTeacher(source.world) : fileTeacher(await sourceQuestions(project, source.datasetId, store));
}

/** Repeats the skills the imported rows name. It reads no response: of a wrong answer it calls every skill missing. */
function fileTeacher(questions: Question[]): Teacher {
  const skillsOf = new Map(questions.map(({ question, skills }) => [question, skills.slice(0, 5)]));
  return {
    name: 'The labels of the file',
    kind: 'replay',
    describe: 'Not a teacher: it repeats the skills the imported file names, and calls all skills of a wrongly answered question missing.',
    async label({ question }) {
      return { skills: skillsOf.get(question) ?? [], reason: 'As the file says.' };
    },
    async judge({ question }) {
      return { judgedCorrect: false, missing: skillsOf.get(question) ?? [], reason: 'The answer is wrong, and the file names these skills for its question.' };
    },
  };
}
