// `run` on an experiment that grows: arms added later are trained beside what is done, any other change is refused, one grid serves all.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openFileStore } from '../../src/store/fileStore';
import type { ExperimentReport } from '../../src/studio/experiment';
import { temporaryFolder } from '../studio/tinyProject';
import { document, stat, type Ended } from './commandLine';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => folder.remove());

async function run(experiment: object): Promise<Ended> {
  const file = join(folder.path, 'experiment.json');
  await writeFile(file, JSON.stringify({ world: 'B1', seeds: [0, 1], steps: 2, limits: { validation: 24, test: 6 }, learningRates: [1e-3, 1e-4], equalTokens: true, ...experiment }));
  return stat(['run', file, '--seeds', '0', '--out', join(folder.path, 'out'), '--resume', '--gpu', 'cpu', '--json']);
}

/** When each run of plain fine-tuning began, and when it was done. */
async function plainRuns(): Promise<(number | undefined)[][]> {
  const store = await openFileStore(join(folder.path, 'out'));
  return (await store.all('runs')).filter(({ arm }) => arm === 'sft').map(({ startedAt, finishedAt }) => [startedAt, finishedAt]);
}

it('goes on with arms added, and with nothing else', async () => {
  const base = { name: 'base', kind: 'base' };
  const first = [base, { name: 'sft', kind: 'sft' }];
  expect((await run({ arms: first })).status).toBe(0);
  const begun = await plainRuns();
  expect(begun.length).toBe(2);

  const more = await run({ arms: [...first, { name: 'other', kind: 'other-student', by: 'rate' }] });
  expect(more.status).toBe(0);
  expect(more.stderr).not.toMatch(/sft@[\d.]+ step/);
  const { arms } = document(more) as unknown as ExperimentReport;
  expect(arms.map(({ arm }) => arm)).toEqual(['base', 'sft', 'other']);
  const [project] = (document(more) as unknown as ExperimentReport).projects;
  for (const arm of project.arms.slice(1)) {
    expect(arm.rates.map(({ learningRate }) => learningRate)).toEqual([1e-4, 1e-3]);
    expect(arm.rates.every(({ validationAccuracy }) => validationAccuracy !== undefined)).toBe(true);
    expect(Math.abs(arm.tokens - project.arms[1].tokens)).toBeLessThan(97);
  }
  expect(await plainRuns()).toEqual(begun);

  for (const changed of [{ arms: first.slice(0, 1) }, { arms: first, steps: 3 }, { arms: first, learningRates: [1e-3] }, { arms: first, equalTokens: false }]) {
    expect(document(await run(changed))).toMatchObject({ error: { code: 'experiment-changed' } });
  }
  expect(document(await run({ arms: [base, { name: 'other', kind: 'other-student' }], seeds: [0] }))).toMatchObject({ error: { code: 'experiment-one-seed' } });
}, 600_000);
