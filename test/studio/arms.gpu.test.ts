// Every arm that needs more than pool and profile: fed by the studio, trained, reported, at the same tokens; arms added later go on.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openFileStore } from '../../src/store/fileStore';
import type { Project, StudioStore, TrainingSetRow } from '../../src/store/types';
import type { ArmSpec } from '../../src/stat/types';
import { advance } from '../../src/studio/pipeline';
import { projectReport, type ProjectReport } from '../../src/studio/report';
import { testEngine } from '../gpu/engine';
import { dependencies, temporaryFolder, tinyProject } from './tinyProject';

const arm = (kind: ArmSpec['kind'], more: Partial<ArmSpec> = {}): ArmSpec => ({ name: kind, kind, learningRate: 1e-3, ...more });
const arms = [
  arm('base'), arm('sft'), arm('stat-sel', { by: 'rate' }), arm('other-student', { other: 'friend', by: 'rate' }), arm('oracle'), arm('hard', { hardest: 0.1 }),
  arm('stat-syn', { drawsPerSkill: 3 }), arm('augment'),
];
const tiny = tinyProject();
const project: Project = { ...tiny, arms, equalTokens: true, training: { ...tiny.training, steps: 10, batch: 8 } };
const friend: Project = { ...project, id: 'friend', source: { kind: 'world', world: 'B1', seed: 1 }, arms: [], limits: { validation: 7, test: 12 } };

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let store: StudioStore;
let report: ProjectReport;
const sets = new Map<string, TrainingSetRow>();

beforeAll(async () => {
  folder = await temporaryFolder();
  store = await openFileStore(folder.path);
  await store.put('projects', [project, friend]);
  await advance(friend, 'profile', dependencies(friend, store, testEngine));
  await advance(project, 'compare', dependencies(project, store, testEngine));
  report = await projectReport(store, project);
  for (const set of await store.all('trainingSets')) sets.set(set.arm, set);
}, 300_000);
afterAll(() => folder.remove());

const made = (name: string) => report.arms.find((one) => one.arm === name)!;

describe('arms fed by the studio', () => {
  it('train on as many tokens as plain fine-tuning, to one row', () => {
    const plain = made('sft').tokens;
    expect(plain).toBeGreaterThan(80 * 15);
    for (const { arm: name, kind, tokens, steps } of report.arms) {
      if (kind === 'base') continue;
      expect(steps).toBe(10);
      expect(plain - tokens, name).toBeGreaterThanOrEqual(0);
      expect(plain - tokens, name).toBeLessThan(96);
    }
    expect(made('sft').presentedRows).toBe(80);
  });

  it('take the harder tenth of the pool by the student’s own loss, and say what that cost', () => {
    expect(made('hard').cost?.scoredTokens).toBeGreaterThan(12_000 * 15);
    expect(made('hard').setRows).toBe(80);
    expect(new Set(sets.get('hard')?.rows).size).toBe(80);
  });

  it('follow true error rates from questions of their own', async () => {
    expect(made('oracle').cost?.answered).toBe(24 * 60);
    const answered = (await store.all('responses')).filter(({ set }) => set === 'oracle');
    expect(new Set(answered.map(({ runId }) => runId))).toEqual(new Set(['base']));
  });

  it('follow the other student’s profile and no other', async () => {
    const [own, other] = await Promise.all(['tiny', 'friend'].map((id) => store.get('profiles', id)));
    expect(own?.profile).not.toEqual(other?.profile);
    expect(sets.get('other-student')?.rows).not.toEqual(sets.get('stat-sel')?.rows);
    const lonely: Project = { ...project, id: 'lonely', arms: [arm('other-student')] };
    await store.put('profiles', [{ ...own!, projectId: 'lonely' }]);
    await expect(advance(lonely, 'adapt', dependencies(lonely, store, testEngine))).rejects.toMatchObject({ code: 'studio-no-other' });
  });

  it('hold what the teacher wrote, with where it comes from', () => {
    const set = sets.get('stat-syn')!;
    const { writing } = made('stat-syn');
    expect(writing!.asked).toBeGreaterThan(0);
    expect(writing!.asked).toBe(writing!.failed + writing!.questions + Object.entries(writing!.dropped).reduce((sum, [why, n]) => sum + (why === 'tooLong' ? 0 : n), 0));
    expect(set.added!.length).toBe(writing!.rows);
    expect(set.rows.every((row) => row >= 12_000 && row < 12_000 + set.added!.length)).toBe(true);
    for (const row of set.added!) {
      expect(row.from.references.length).toBeGreaterThan(0);
      expect(row.from.agreeing).toBe(3);
      expect(row.skills.length).toBe(1);
    }
    expect(made('stat-syn').cost?.teacherReplies).toBe(4 * writing!.asked);
    expect(sets.get('augment')!.added!.length).toBe(made('augment').writing!.rows);
    expect(made('augment').writing!.asked).toBe(80);
  });

  it('added to a finished project go on from there, and redo nothing', async () => {
    const before = await store.where('runs', 'projectId', 'tiny');
    const more = { ...project, arms: [...arms, arm('uniform')] };
    const stages: string[] = [];
    await advance(more, 'compare', dependencies(more, store, testEngine, {
      onEvent: (event) => void (event.type === 'stepFinished' && stages.push(event.runId)),
    }));
    expect(new Set(stages)).toEqual(new Set(['tiny/uniform@0.001']));
    const after = await store.where('runs', 'projectId', 'tiny');
    expect(after.filter(({ arm: name }) => name !== 'uniform')).toEqual(before);
  });
});
