// Embed-Sel and Embed-Syn on imported questions, with the real sentence embeddings of the command line.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openSentenceModel } from '../../src/cli/sentenceModel';
import { worldById } from '../../src/data/worlds';
import { openFileStore } from '../../src/store/fileStore';
import type { Project, StudioStore } from '../../src/store/types';
import type { ArmSpec } from '../../src/stat/types';
import { advance } from '../../src/studio/pipeline';
import { datasetProject } from '../../src/studio/project';
import { rulesTeacher } from '../../src/teacher/rules';
import { testEngine } from '../gpu/engine';
import { dependencies, temporaryFolder, tinyProject } from './tinyProject';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let store: StudioStore;
const arm = (kind: ArmSpec['kind']): ArmSpec => ({ name: kind, kind, learningRate: 1e-3, neighbours: 3 });
const { training, generation } = tinyProject();
const dataset = { id: 'd', name: 'A few', createdAt: 1, format: 'jsonl' as const, rows: 72, skippedRows: 0 };
const project: Project = {
  ...datasetProject(dataset, 'nobody', 0), id: 'own', arms: [{ name: 'base', kind: 'base', learningRate: 0 }, arm('embed-sel'), arm('embed-syn')],
  training: { ...training, steps: 4, batch: 4 }, generation,
};

beforeAll(async () => {
  folder = await temporaryFolder();
  store = await openFileStore(folder.path);
  // Three of each skill: questions of one skill are worded alike.
  const rows = worldById('B1').skills.flatMap(({ name }) => worldById('B1').splits(0).pool.filter(({ skills }) => skills[0] === name).slice(0, 3));
  await store.put('questions', rows.map((row, position) => ({ ...row, key: `d/${row.id}`, datasetId: 'd', position })));
  await store.put('projects', [project]);
}, 120_000);
afterAll(() => folder.remove());

const here = (more = {}) => dependencies(project, store, testEngine, { teacher: async () => rulesTeacher('B1'), ...more });

it('say so where there is no model', async () => {
  await expect(advance(project, 'adapt', here())).rejects.toMatchObject({ code: 'studio-no-sentence-model' });
}, 120_000);

it('take the nearest pool questions, and go on where they were stopped', async () => {
  let opened = 0;
  const sentenceModel = () => (opened++, openSentenceModel());
  await advance(project, 'train', here({ sentenceModel }));
  expect(opened).toBe(1);
  await advance(project, 'adapt', here({ sentenceModel }));
  expect(opened).toBe(1);
  const [sel, syn] = await Promise.all(['embed-sel', 'embed-syn'].map((name) => store.get('trainingSets', `own/${name}`)));
  const difficult = (await store.get('profiles', 'own'))!.judgements.length;
  expect(difficult).toBeGreaterThan(0);
  expect(sel!.rows.length).toBe(3 * difficult);
  expect(sel!.cost!.embedded).toBeGreaterThan(difficult + 30);
  expect(syn!.writing!.asked).toBe(3 * difficult);
  for (const { from } of syn!.added!) expect(from.references.length).toBe(3);
}, 120_000);

it('mean more alike where the questions are', async () => {
  const model = await openSentenceModel();
  const [a, b, c] = await model.embed(['tom has 24 pens, buys 17, loses 9. left?', 'mia has 31 nuts, finds 12, sells 5. left?', 'reverse 473']);
  const dot = (x: ArrayLike<number>, y: ArrayLike<number>) => Array.from(x).reduce((sum, value, i) => sum + value * y[i], 0);
  expect(a.length).toBe(512);
  expect(dot(a, b)).toBeGreaterThan(dot(a, c) + 0.1);
}, 120_000);
