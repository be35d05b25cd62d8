// Arms that try not to forget, through the whole pipeline with a shipped student: what each stores, and that a stop changes nothing.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readStudent } from '../../src/cli/folders';
import type { ArmSpec } from '../../src/stat/types';
import { openFileStore } from '../../src/store/fileStore';
import type { Project, StudioStore } from '../../src/store/types';
import { answerValidation, validationReport } from '../../src/studio/onValidation';
import { advance } from '../../src/studio/pipeline';
import { demoProject } from '../../src/studio/project';
import { projectReport } from '../../src/studio/report';
import { testEngine } from '../gpu/engine';
import { dependencies, mortal, outcome, temporaryFolder } from './tinyProject';

const stat: ArmSpec = { name: 'stat', kind: 'stat-sel', by: 'rate', learningRate: 1e-3 };

function project(): Project {
  const demo = demoProject('B1', 0, 'held');
  return {
    ...demo,
    arms: [
      { name: 'base', kind: 'base', learningRate: 0 },
      { ...stat, name: 'grid', kind: 'stat-sel-replay', replays: [0, 0.5], mayForget: 1 },
      { ...stat, name: 'held', kl: 1 },
      { ...stat, name: 'wild', learningRate: 0.3, mayForget: 0.01 },
      { ...stat, name: 'held+round2', kl: 1, from: 'held' },
    ],
    training: { ...demo.training, steps: 12, batch: 6, warmup: 1 },
    limits: { validation: 24, test: 12 },
  };
}

const folders: { path: string; remove(): Promise<void> }[] = [];
async function folder() {
  folders.push(await temporaryFolder());
  return folders[folders.length - 1].path;
}
afterAll(async () => void (await Promise.all(folders.map(({ remove }) => remove()))));

const given = (store: StudioStore) => dependencies(project(), store, testEngine, { loadStudent: (name) => readStudent(`public/${name}`) });

let store: StudioStore;
let writes: number;
let expected: Record<string, unknown>;
beforeAll(async () => {
  const path = await folder();
  store = await openFileStore(path);
  const counting = mortal(store, Infinity, 'after');
  await counting.store.put('projects', [project()]);
  await advance(project(), 'compare', given(counting.store));
  writes = counting.writes();
  expected = await outcome(path);
}, 300_000);

it('has a run and a set a share of ordinary rows, of which validation chooses one', async () => {
  const runs = (await store.all('runs')).filter(({ arm }) => arm === 'grid');
  expect(runs.map(({ replay }) => replay).sort()).toEqual([0, 0.5]);
  expect(runs.filter(({ chosen }) => chosen).length).toBe(1);
  for (const run of runs) {
    expect(run.validationKnown).toBeGreaterThan(0.5);
    expect(run.pieces?.map(({ step }) => step)).toEqual([2, 4, 6, 8, 10, 12]);
  }
  const [none, half] = await Promise.all(['0', '0.5'].map((share) => store.get('trainingSets', `held/grid~${share}`)));
  expect(half?.rows.length).toBe(2 * (none?.rows.length ?? NaN));
});

it('logs how far a held student is from what it was', async () => {
  const steps = (await store.where('metrics', 'runId', 'held/held@0.001')).flatMap((row) => row.steps);
  expect(steps.length).toBe(12);
  expect(Math.abs(steps[0].kl ?? NaN)).toBeLessThan(1e-4);
  expect(steps[11].kl).toBeGreaterThan(0);
});

it('ends a run that forgets too much, and leaves the student as it was', async () => {
  const run = await store.get('runs', 'held/wild@0.3');
  expect(run).toMatchObject({ stopped: true, kept: 0, step: 8, status: 'finished' });
  const report = await projectReport(store, project());
  expect(report.arms.find(({ arm }) => arm === 'wild')?.sets[0].counts).toMatchObject({ fixed: 0, broken: 0 });
});

it('diagnoses the student of a round anew, and starts from it', async () => {
  const set = await store.get('trainingSets', 'held/held+round2');
  const first = await store.get('profiles', 'held');
  expect(set?.diagnosis?.judgements.length).toBeGreaterThan(0);
  expect(set?.diagnosis?.profile).not.toEqual(first?.profile);
  const [before, after] = await Promise.all(['held/held@0.001', 'held/held+round2@0.001'].map((id) => store.where('metrics', 'runId', id)));
  // Held to where it starts, which is the student of the round before.
  expect(Math.abs(after[0].steps[0].kl ?? NaN)).toBeLessThan(1e-4);
  expect(after[0].steps[0].loss).not.toBeCloseTo(before[0].steps[0].loss, 4);
});

it('tells what is known and missing on validation without the test', async () => {
  const deps = given(store);
  await answerValidation(project(), deps);
  const { rows } = await validationReport(store, project(), deps);
  expect(rows.map(({ arm }) => arm).sort()).toEqual(['base', 'grid', 'grid', 'held', 'held+round2', 'wild']);
  for (const { accuracy, known, missing } of rows) for (const value of [accuracy, known, missing]) expect(value).toBeGreaterThanOrEqual(0);
});

it.each([0.5, 0.8])('goes on to the same bits from a store that died after %f of its writes', async (share) => {
  const path = await folder();
  const dying = mortal(await openFileStore(path), Math.floor(share * writes), 'after');
  await expect(dying.store.put('projects', [project()]).then(() => advance(project(), 'compare', given(dying.store)))).rejects.toThrow('killed');
  await advance(project(), 'compare', given(await openFileStore(path)));
  expect(await outcome(path)).toEqual(expected);
}, 300_000);
