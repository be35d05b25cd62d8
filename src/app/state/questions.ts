/** The questions of a project, made or read once a visit. */
import type { Splits } from '../../data/types';
import type { Project, StudioStore } from '../../store/types';
import { questionsOf, splitsOf } from '../../studio/splits';

/** The splits as the project uses them: under its limits, where it has any. */
export type Questions = Splits;

const made = new Map<string, Promise<Questions>>();

/** Rebuilding a world's pool takes a moment of the main thread, so it starts after the page has been drawn. */
export function loadQuestions(store: StudioStore, project: Project): Promise<Questions> {
  const key = JSON.stringify([project.source, project.limits, project.leftOut, project.nearCopies, project.tests, project.skillSource?.kind === 'labels' && project.skillSource]);
  let questions = made.get(key);
  if (!questions) {
    questions = nextFrame().then(() => usedQuestions(store, project));
    made.set(key, questions);
    questions.catch(() => made.delete(key)); // what failed may be mended, by importing the file again for one
  }
  return questions;
}

async function usedQuestions(store: StudioStore, project: Project): Promise<Questions> {
  const splits = await splitsOf(project, store);
  const outside = Object.keys(splits.outOfDistribution).map(
    (name) => [name, questionsOf(project, splits, `ood:${name}`)] as const,
  );
  return {
    pool: splits.pool,
    validation: questionsOf(project, splits, 'validation'),
    test: questionsOf(project, splits, 'test'),
    outOfDistribution: Object.fromEntries(outside),
  };
}

function nextFrame(): Promise<void> {
  return new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
}
