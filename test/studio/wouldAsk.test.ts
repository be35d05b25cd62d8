// What a project would ask its teacher, at most: counted by hand.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { worldById } from '../../src/data/worlds';
import { openFileStore } from '../../src/store/fileStore';
import type { MissingSkills } from '../../src/stat/types';
import type { Project, StudioStore } from '../../src/store/types';
import { skillsOf, splitsOf } from '../../src/studio/splits';
import { wouldAsk } from '../../src/studio/wouldAsk';
import { planFor } from '../../src/teacher/plan';
import { temporaryFolder, tinyProject } from './tinyProject';

let store: StudioStore;
let remove: () => Promise<void>;
beforeAll(async () => {
  const folder = await temporaryFolder();
  remove = folder.remove;
  store = await openFileStore(folder.path);
});
afterAll(() => remove());

const asked = async (more: Partial<Project>, judgements?: MissingSkills[]) => {
  const project: Project = { ...tinyProject(), teacher: planFor('openai', 'm'), ...more };
  const work = wouldAsk(project, await splitsOf(project, store), await skillsOf(project, store), judgements);
  for (const { sample, what } of work) expect(sample.length, what).toBeGreaterThan(0);
  return Object.fromEntries(work.map(({ what, rows, calls, atMost }) => [what, [rows, calls, atMost]]));
};
/** Of 12,000 rows some ask the same. */
const POOL = new Set(worldById('B1').splits(0).pool.map(({ question }) => question)).size;
const judged = { 'Skills missing in wrong answers': [12, 1, true] };
const labels = { 'Skills of the validation questions': [12, 1, false], 'Skills of the pool': [POOL, 1, false] };

it('counts labels and verdicts for any arm, and what single arms have written', async () => {
  expect(await asked({})).toEqual({ ...labels, ...judged });
  const arm = { learningRate: 1e-3 };
  expect(await asked({ arms: [
    { ...arm, name: 'a', kind: 'augment' }, { ...arm, name: 'e', kind: 'embed-syn', neighbours: 7 }, { ...arm, name: 's', kind: 'stat-syn' },
    { ...arm, name: 'r', kind: 'stat-syn', by: 'rate' }, { ...arm, name: 'r+round2', kind: 'stat-syn', by: 'rate', from: 'r' },
  ] })).toEqual({
    ...labels, ...judged, 'Skills missing before r+round2': [12, 1, true],
    // Thirty steps of two rows are presented; a question is written once and solved three times.
    'Answers told anew for a': [60, 1, false], 'New questions for e, with their solutions': [12 * 7, 4, true],
    'New questions for s, with their solutions': [12 * 5 * 2, 4, true], 'New questions for r, with their solutions': [60, 4, false],
    'New questions for r+round2, with their solutions': [60, 4, false],
  });
  // Two wrong answers that miss three skills, once that is known.
  const judgements = [['a', ['x', 'y']], ['b', ['x']]].map(([questionId, missing]) => ({ questionId, missing, judgedCorrect: false, reason: '' }) as MissingSkills);
  expect(await asked({ arms: [{ ...arm, name: 'e', kind: 'embed-syn', neighbours: 7 }, { ...arm, name: 's', kind: 'stat-syn' }] }, judgements)).toMatchObject({
    'New questions for e, with their solutions': [14, 4, true], 'New questions for s, with their solutions': [6, 4, true],
  });
});

it('counts what a teacher is asked for besides, and what a file or a person has brought is not asked for', async () => {
  const grpo = { name: 'g', kind: 'grpo' as const, learningRate: 1e-3, learningRates: [1e-3, 2e-3], reinforcement: { updates: 3, questions: 2, group: 4, gradedBy: 'teacher' as const } };
  const { arms } = tinyProject();
  expect(await asked({ skillSource: { kind: 'teacher', sample: 200, most: 20 }, secondPass: true, teacherGrades: true, arms: [...arms.slice(0, 2), grpo] })).toEqual({
    'Free names of skills': [200, 1, false], 'Families of these names': [4, 1, true], ...labels,
    // By the untouched student, by two runs of each of two arms, and by it and both arms.
    'Answers graded wrong: validation': [12, 1, true], 'Answers graded wrong: validation, by trained students': [12 * 4, 1, true],
    'Answers graded wrong: the comparison': [12 * 3, 1, true],
    'Skills missing in wrong answers': [24, 1, true], 'Rewards of g': [3 * 2 * 4 * 2, 1, true],
  });
  expect(await asked({ skillSource: { kind: 'labels', file: 'mine.json', matched: 10 } })).toEqual(judged);
});

it('without a teacher nothing leaves but the steps for a reward model', async () => {
  expect(await asked({ teacher: undefined })).toEqual({});
  const difficulty = { kind: 'process' as const, rewardModel: { baseUrl: 'http://127.0.0.1:7', model: 'p' } };
  expect(await asked({ teacher: undefined, difficulty })).toEqual({ 'Steps of validation answers': [12, 1, true] });
});
