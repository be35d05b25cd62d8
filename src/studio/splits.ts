/** Where a project's questions come from: a world rebuilt from its seed, or an imported dataset split by its seed. */
import { StudioError } from '../core/errors';
import type { Question, Skill, Splits } from '../data/types';
import { readSkillFile, withLabels as joinLabels } from '../data/skillFiles';
import { splitPlaced, type PlacedQuestion } from '../data/split';
import { worldById } from '../data/worlds';
import { editedLabels, type SkillEdit } from '../stat/skillEdits';
import { labelsPath } from '../store/blobPath';
import type { Project, SetName, StudioStore } from '../store/types';

export async function splitsOf(project: Project, store: StudioStore): Promise<Splits> {
  const { source } = project;
  const own = source.kind === 'world'
    ? worldById(source.world).splits(source.seed)
    : splitPlaced(without(project.leftOut, await sourceQuestions(project, source.datasetId, store)), source.seed);
  const brought = await Promise.all((project.tests ?? []).map(async ({ name, datasetId, leftOut }) =>
    [name, without(leftOut, await importedQuestions(datasetId, store))] as const));
  const splits = { ...own, pool: without(project.nearCopies, own.pool), outOfDistribution: { ...own.outOfDistribution, ...Object.fromEntries(brought) } };
  for (const set of ['pool', 'validation', 'test'] as const) {
    if (splits[set].length === 0) {
      throw new StudioError('studio-empty-split', `There are no questions for the ${set} set.`, {
        where: project.leftOut?.length ? `${project.leftOut.length} rows were left out, too long for this student` : undefined,
        remedy: project.leftOut?.length ? 'Choose a student with a longer context, or import more questions.' : 'Import a file with more questions.',
      });
    }
  }
  return splits;
}

function without<T extends Question>(leftOut: readonly string[] = [], questions: T[]): T[] {
  const out = new Set(leftOut);
  return out.size > 0 ? questions.filter(({ id }) => !out.has(id)) : questions;
}

/** The questions of a set that a project uses: all of them, or evenly spread ones under a limit. */
export function questionsOf(project: Project, splits: Splits, set: SetName): Question[] {
  const { limits } = project;
  if (set === 'pool') return splits.pool;
  if (set === 'oracle') return oracleQuestions(project);
  if (set === 'validation') return evenly(splits.validation, limits?.validation);
  if (set === 'test') return evenly(splits.test, limits?.test);
  return evenly(splits.outOfDistribution[set.slice('ood:'.length)] ?? [], limits?.outOfDistribution);
}

function oracleQuestions({ source }: Project): Question[] {
  if (source.kind === 'world') return worldById(source.world).oracle(source.seed);
  throw new StudioError('studio-no-oracle', 'Only a built-in world has hidden labels to take true error rates from.', {
    remedy: 'Leave the oracle arm out of this project.',
  });
}

/** The sets the comparison is made on: test first. */
export function evaluationSets(splits: Splits): SetName[] {
  return ['test', ...Object.keys(splits.outOfDistribution).map((name): SetName => `ood:${name}`)];
}

/** Questions with the teacher's stored labels in place of whatever the source knew. */
export async function withLabels(project: Project, store: StudioStore, set: SetName, questions: readonly Question[]): Promise<Question[]> {
  const rows = (await store.where('labels', 'projectId', project.id)).filter((row) => row.set === set);
  const skills = rows.sort((a, b) => a.start - b.start).flatMap((row) => row.skills);
  const edits = await skillEditsOf(project, store);
  return questions.map((question, i) => ({ ...question, skills: editedLabels(skills[i] ?? [], question, edits) }));
}

/** Corrections of the skills by hand, the first one first. */
export async function skillEditsOf(project: Pick<Project, 'id'>, store: StudioStore): Promise<SkillEdit[]> {
  return (await store.get('skillEdits', project.id))?.edits ?? [];
}

/** The questions of every evaluation set, for reports: their skills under the names a person gave them. */
export async function setQuestions(project: Project, store: StudioStore): Promise<Map<SetName, Question[]>> {
  const splits = await splitsOf(project, store);
  const edits = await skillEditsOf(project, store);
  const named = (question: Question): Question => (edits.length === 0 ? question : { ...question, skills: editedLabels(question.skills, question, edits) });
  return new Map(evaluationSets(splits).map((set) => [set, questionsOf(project, splits, set).map(named)]));
}

function evenly<T>(items: T[], limit = Infinity): T[] {
  if (items.length <= limit) return items;
  return Array.from({ length: limit }, (_, i) => items[Math.floor((i * items.length) / limit)]);
}

/** All rows of an imported dataset, in file order. */
export async function importedQuestions(datasetId: string, store: StudioStore): Promise<PlacedQuestion[]> {
  const rows = await store.where('questions', 'datasetId', datasetId);
  if (rows.length === 0) {
    throw new StudioError('studio-missing-dataset', 'The imported questions of this project are not stored any more.', {
      remedy: 'Import the file again and make a new project.',
    });
  }
  return rows
    .sort((a, b) => a.position - b.position)
    .map(({ id, question, answer, skills, weight, set }) => ({ id, question, answer, skills, weight, ...(set && { set }) }));
}

/** The rows of a project's dataset, with the labels that a person brought in place of the file's own. */
export async function sourceQuestions({ id, skillSource }: Project, datasetId: string, store: StudioStore): Promise<PlacedQuestion[]> {
  const questions = await importedQuestions(datasetId, store);
  if (skillSource?.kind !== 'labels') return questions;
  const bytes = await store.readBlob(labelsPath(id));
  const file = bytes && readSkillFile(bytes, skillSource.file);
  if (file?.kind === 'labels') return joinLabels(questions, file.labels).questions;
  throw new StudioError('studio-missing-labels', 'The labels brought to this project are not stored any more.', { remedy: 'Bring them again on the Skills page.' });
}

/** The closed list the teacher chooses from: the world's, every name the imported rows use, or where they use none what a teacher made of them. */
export async function skillsOf(project: Project, store: StudioStore): Promise<Skill[]> {
  const { source, skillSource } = project;
  if (skillSource?.kind === 'list') return skillSource.skills;
  if (source.kind === 'world' && skillSource?.kind !== 'teacher') return worldById(source.world).skills;
  const rows = source.kind === 'dataset' && skillSource?.kind !== 'teacher' ? await sourceQuestions(project, source.datasetId, store) : [];
  const names = new Set(rows.flatMap((question) => question.skills));
  if (names.size > 0) return [...names].sort().map((name) => ({ name, description: '' }));
  return (await store.where('skills', 'projectId', project.id)).map(({ name, description }) => ({ name, description }));
}
