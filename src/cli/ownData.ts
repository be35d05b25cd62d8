/** Data of one's own in an experiment: its files read as the page reads them, and kept in the store of the run. */
import { basename } from 'node:path';
import { StudioError } from '../core/errors';
import { benchmarkByName } from '../data/benchmarks/benchmarks';
import { contaminationBySet } from '../data/benchmarks/contamination';
import { importDataset } from '../data/importDataset';
import { labelsPath } from '../store/blobPath';
import type { Dataset, Project, StudioStore, TestSet } from '../store/types';
import { nearCopiesOf, evaluationQuestions } from '../studio/ownSets';
import { keptDataset, type ReadFile } from '../studio/project';
import { readSkillSource } from '../studio/skillSource';
import { splitsOf } from '../studio/splits';
import { keepOwnTestSet, keepTestSet } from '../studio/testSets';
import type { OwnData } from './experimentFile';
import { readNamedFile } from './folders';
import { tellLeftOut } from './questions';
import type { Terminal } from './terminal';

export interface KeptData {
  dataset: Dataset;
  tests: TestSet[];
}

/** @throws StudioError what is wrong with a file */
export async function keepOwnData(data: OwnData, store: StudioStore, terminal: Terminal): Promise<KeptData> {
  const read = async (path: string): Promise<ReadFile> => {
    const file = basename(path);
    const imported = importDataset(await readNamedFile(path), file, data.columns);
    tellLeftOut(terminal, file, imported.problems, imported.skipped);
    return { file, imported };
  };
  const { dataset, questions } = keptDataset(await read(data.train), {
    ...(data.validation !== undefined && { validation: await read(data.validation) }),
    ...(data.test !== undefined && { test: await read(data.test) }),
  });
  if (!(await store.get('datasets', dataset.id))) {
    await store.put('questions', questions);
    await store.put('datasets', [dataset]);
  }
  const tests: TestSet[] = [];
  for (const { benchmark, name = benchmark ?? '', file, samples, maxTokens } of data.tests ?? []) {
    if (tests.some((test) => test.name === name)) throw new StudioError('experiment-malformed', `The test set "${name}" is named twice.`);
    if (benchmark === undefined) {
      tests.push(await keepOwnTestSet(store, name, (await read(file)).imported));
      continue;
    }
    const { set, skipped, notices } = await keepTestSet(store, benchmarkByName(benchmark), await readNamedFile(file), basename(file), samples, maxTokens);
    for (const notice of notices) terminal.note(notice);
    if (skipped > 0) terminal.note(`${skipped} rows of ${basename(file)} are left out.`);
    tests.push(set);
  }
  return { dataset, tests };
}

/** The project without the pool rows that ask an evaluation question again, or nearly, where `leaveOut` says so; else they are counted. */
export async function checkedPool(project: Project, leaveOut: boolean, store: StudioStore, terminal: Terminal): Promise<Project> {
  const splits = await splitsOf(project, store);
  const found = contaminationBySet(splits.pool, evaluationQuestions(splits)).filter(({ contaminated }) => contaminated > 0);
  for (const { set, contaminated, tests, rows } of found) {
    terminal.note(`${contaminated} of ${tests} questions of the set ${set.replace('ood:', '')} are in the pool, or nearly: in ${rows.length} of its rows${leaveOut ? ', which are left out' : ''}.`);
  }
  return leaveOut && found.length > 0 ? { ...project, nearCopies: nearCopiesOf(found, splits.pool) } : project;
}

/** The project with the skills or labels of a file. Labels are kept beside it; other ones than are kept already are refused. */
export async function withSkillFile(project: Project, path: string, store: StudioStore, terminal: Terminal): Promise<Project> {
  const { skillSource, labels, kind, count, unmatched } = await readSkillSource(store, project, await readNamedFile(path), basename(path));
  if (labels) {
    const at = labelsPath(project.id);
    const kept = await store.readBlob(at);
    if (!kept) await store.writeBlob(at, labels);
    else if (!same(kept, labels)) {
      throw new StudioError('experiment-changed', `What is stored for "${project.id}" was made with other labels.`, {
        kept: 'Nothing was changed.', remedy: 'Resume with the labels it was started with, or name another folder.',
      });
    }
  }
  terminal.note(kind === 'list' ? `${count} skills in ${basename(path)}.` : `${count} questions labelled by ${basename(path)}, ${unmatched} labels of other questions.`);
  return { ...project, skillSource };
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
