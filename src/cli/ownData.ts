/** Data of one's own in an experiment: its files read as the page reads them, and kept in the store of the run. */
import { basename } from 'node:path';
import { StudioError } from '../core/errors';
import { benchmarkByName } from '../data/benchmarks/benchmarks';
import { importDataset, type ImportedDataset } from '../data/importDataset';
import { labelsPath } from '../store/blobPath';
import type { Dataset, Project, StudioStore, TestSet } from '../store/types';
import { keptDataset } from '../studio/project';
import { readSkillSource } from '../studio/skillSource';
import { keepTestSet } from '../studio/testSets';
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
  const imported = async (path: string): Promise<ImportedDataset> => {
    const file = basename(path);
    const read = importDataset(await readNamedFile(path), file, data.columns);
    tellLeftOut(terminal, file, read.problems, read.skipped);
    return read;
  };
  const apart = {
    ...(data.validation !== undefined && { validation: await imported(data.validation) }),
    ...(data.test !== undefined && { test: await imported(data.test) }),
  };
  const { dataset, questions } = keptDataset(basename(data.train), await imported(data.train), apart);
  if (!(await store.get('datasets', dataset.id))) {
    await store.put('questions', questions);
    await store.put('datasets', [dataset]);
  }
  const tests: TestSet[] = [];
  for (const { benchmark, file, samples, maxTokens } of data.tests ?? []) {
    if (tests.some(({ name }) => name === benchmark)) throw new StudioError('experiment-malformed', `The test set "${benchmark}" is named twice.`);
    const { set, skipped, notices } = await keepTestSet(store, benchmarkByName(benchmark), await readNamedFile(file), basename(file), samples, maxTokens);
    for (const notice of notices) terminal.note(notice);
    if (skipped > 0) terminal.note(`${skipped} rows of ${basename(file)} are left out.`);
    tests.push(set);
  }
  return { dataset, tests };
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
