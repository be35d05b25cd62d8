// The kill test: a job ended at any write, or paused in the middle of training, ends with the same bits as one never interrupted.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Random } from '../../src/core/random';
import { missingByProfile } from '../../src/stat/forgetting';
import { openFileStore } from '../../src/store/fileStore';
import { experimentReport } from '../../src/studio/experiment';
import { advance } from '../../src/studio/pipeline';
import type { RolloutGroups } from '../../src/studio/reinforcing';
import { projectReport } from '../../src/studio/report';
import type { JobEvent } from '../../src/worker/protocol';
import { testEngine } from '../gpu/engine';
import { dependencies, mortal, outcome, temporaryFolder, tinyProject } from './tinyProject';

const project = tinyProject();
const removals: (() => Promise<void>)[] = [];
let expected: Record<string, unknown>;
let writes = 0;
const events: JobEvent[] = [];

async function folder(): Promise<string> {
  const { path, remove } = await temporaryFolder();
  removals.push(remove);
  return path;
}

beforeAll(async () => {
  const path = await folder();
  const counted = mortal(await openFileStore(path), Infinity, 'after');
  await counted.store.put('projects', [project]);
  await advance(project, 'compare', dependencies(project, counted.store, testEngine, { onEvent: (event) => events.push(event) }));
  writes = counted.writes();
  expected = await outcome(path);
});

afterAll(async () => {
  for (const remove of removals) await remove();
});

describe('a job', () => {
  it('does every stage once and says so in order', () => {
    expect(events.flatMap((event) => (event.type === 'advanced' ? [event.stage] : [])))
      .toEqual(['data', 'skills', 'student', 'diagnose', 'profile', 'adapt', 'train', 'compare']);
    const steps = events.flatMap((event) => (event.type === 'stepFinished' ? [`${event.runId} ${event.metrics.step}`] : []));
    expect(steps.length).toBe(93);
    expect(new Set(steps).size).toBe(93);
    // Told of how many: of the run, not of the project.
    expect(new Set(events.flatMap((event) => (event.type === 'stepFinished' ? [`${event.runId.split('@')[0]} of ${event.steps}`] : []))))
      .toEqual(new Set(['tiny/sft of 30', 'tiny/stat-sel of 30', 'tiny/grpo of 3']));
    for (const event of events) if (event.type === 'progress') expect(event.done).toBeLessThan(event.total);
  });

  it('leaves one chosen rate an arm, weights for each run and no checkpoint', () => {
    const runs = expected.runs as { id: string; arm: string; chosen: boolean; status: string; step: number; tokens: number }[];
    expect(runs.map((run) => run.id)).toEqual(['tiny/grpo@0.001', 'tiny/sft@0.001', 'tiny/sft@0.003', 'tiny/stat-sel@0.001']);
    for (const arm of ['sft', 'stat-sel', 'grpo']) expect(runs.filter((run) => run.arm === arm && run.chosen).length).toBe(1);
    for (const run of runs) expect(run).toMatchObject({ status: 'finished', step: run.arm === 'grpo' ? 3 : 30 });
    expect(runs[1].tokens).toBeGreaterThan(30 * 2 * 10);
    expect(Object.keys(expected).filter((key) => key.includes('/')).sort())
      .toEqual(['tiny/grpo@0.001/groups.json', ...runs.map((run) => `${run.id}/model.safetensors`)]);
    expect(new Set(runs.map((run) => expected[`${run.id}/model.safetensors`])).size).toBeGreaterThanOrEqual(3);
  });

  it('does nothing at all when it is done already', async () => {
    const path = await folder();
    await finish(path);
    const again = mortal(await openFileStore(path), Infinity, 'after');
    await advance(project, 'compare', dependencies(project, again.store, testEngine));
    expect(again.writes()).toBe(0);
  });

  it('stops where it is told to', async () => {
    const store = await openFileStore(await folder());
    await advance(project, 'skills', dependencies(project, store, noAdapter));
    expect((await store.all('skills')).length).toBe(24);
    expect((await store.all('labels')).flatMap((row) => row.skills).length).toBe(12_000 + 12);
    expect(await store.all('responses')).toEqual([]);
  });

  it('ends with the same bits after being killed at ten random writes', async () => {
    const random = new Random(1, 'kills');
    for (let kill = 0; kill < 10; kill++) {
      const path = await folder();
      // Label chunks are alike; from there on every write is another kind of moment.
      const mortalStore = mortal(await openFileStore(path), random.between(14, writes), random.pick(['before', 'after']));
      await expect(advance(project, 'compare', dependencies(project, mortalStore.store, testEngine))).rejects.toThrow('killed');
      await finish(path);
      expect(await outcome(path)).toEqual(expected);
    }
  });

  it('ends with the same bits after pauses in the middle of training', async () => {
    const path = await folder();
    for (const pauseAt of [7, 20, 31]) {
      const stop = new AbortController();
      let steps = 0;
      const store = await openFileStore(path);
      const onEvent = (event: JobEvent) => {
        if (event.type === 'stepFinished' && ++steps >= pauseAt) stop.abort();
      };
      await store.put('projects', [project]);
      await expect(advance(project, 'compare', dependencies(project, store, testEngine, { onEvent, signal: stop.signal })))
        .rejects.toMatchObject({ name: 'AbortError' });
    }
    await finish(path);
    expect(await outcome(path)).toEqual(expected);
  });
});

describe('the reports', () => {
  it('pair every arm with the base on the same questions', async () => {
    const path = await folder();
    await finish(path);
    const report = await projectReport(await openFileStore(path), project);
    expect(report.arms.map((arm) => arm.arm)).toEqual(['base', 'sft', 'stat-sel', 'grpo']);
    for (const arm of report.arms) {
      const [{ set, counts }] = arm.sets;
      expect(set).toBe('test');
      expect(counts.n).toBe(12);
      expect(counts.fixed + counts.broken + counts.stillRight + counts.stillWrong).toBe(12);
      expect(arm.skills.reduce((sum, row) => sum + row.counts.n, 0)).toBe(12);
    }
    expect(report.arms[0].sets[0].counts.difference).toBe(0);
    expect(report.arms[1].rates.map((rate) => rate.learningRate)).toEqual([1e-3, 3e-3]);
    expect(report.arms[1].rates.every((rate) => rate.validationAccuracy !== undefined)).toBe(true);
    expect(report.missingSkills.length).toBe(5);
    const bytes = await (await openFileStore(path)).readBlob('tiny/grpo@0.001/groups.json');
    const missing = missingByProfile(report.profile);
    for (const { skills } of (JSON.parse(new TextDecoder().decode(bytes)) as RolloutGroups).groups) {
      expect(skills.some((skill) => missing.includes(skill))).toBe(true);
    }
    const both = experimentReport([report, { ...report, seed: 1 }]);
    expect(both.arms.map((arm) => arm.minusSft?.seeds.length)).toEqual([undefined, undefined, 2, 2]);
  });
});

async function noAdapter(): Promise<never> {
  throw new Error('labels need no adapter');
}

async function finish(path: string): Promise<void> {
  const store = await openFileStore(path);
  await store.put('projects', [project]);
  await advance(project, 'compare', dependencies(project, store, testEngine));
}
