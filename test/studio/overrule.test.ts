/** A grade set by hand: kept beside the grader's, taken back, and counted by everything that reads the answers. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { overrule } from '../../src/grade/overrule';
import { buildTrainingSet } from '../../src/stat/arms';
import { profileFrom } from '../../src/stat/profile';
import { pairedCounts } from '../../src/stat/report';
import { openFileStore } from '../../src/store/fileStore';
import type { ResponseRow, StudioStore } from '../../src/store/types';
import { overruleAnswer } from '../../src/studio/overrule';
import { poolOf, response, verdict } from '../stat/rows';
import { temporaryFolder } from './tinyProject';

describe('a verdict by hand', () => {
  it('keeps the grader’s own, says so, and gives it back', () => {
    const graded = response('1', false);
    const right = overrule(graded, true);
    expect(right).toMatchObject({ correct: true, rule: 'by hand, against "test"', overruled: { correct: false, rule: 'test' } });
    expect(overrule(right, undefined)).toEqual(graded);
    expect(overrule(right, false)).toEqual(graded);
    expect(overrule(graded, false)).toEqual(graded);
    expect(overrule(overrule(right, true), undefined)).toEqual(graded);
  });

  it('changes the paired counts', () => {
    const before = [response('1', false), response('2', true)];
    const after = [response('1', false), response('2', false)];
    expect(pairedCounts(before, after).difference).toBe(-0.5);
    expect(pairedCounts(before, [overrule(after[0], true), after[1]])).toMatchObject({ fixed: 1, broken: 1, difference: 0 });
  });
});

describe('in a store', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let store: StudioStore;
  const validation = poolOf({ add: 3, neg: 2 });
  const judgements = [verdict('add-0', ['add']), verdict('neg-0', ['neg', 'add'])];
  const profile = profileFrom(judgements, validation);
  const row = (questionId: string, correct: boolean): ResponseRow =>
    ({ ...response(questionId, correct), key: `p/base/validation/${questionId}`, projectId: 'p', runId: 'base', set: 'validation' });

  beforeEach(async () => {
    folder = await temporaryFolder();
    store = await openFileStore(folder.path);
    await store.put('responses', [row('add-0', false), row('neg-0', false), row('neg-1', true)]);
    await store.put('profiles', [{ projectId: 'p', profile, judgements, teacher: 'test' }]);
  });
  afterEach(() => folder.remove());

  it('recounts the profile and what is drawn from it, and undoes both', async () => {
    await overruleAnswer(store, 'p/base/validation/neg-0', true);
    const after = await store.get('profiles', 'p');
    expect(after?.judgements).toEqual([judgements[0]]);
    expect(after?.profile).toEqual(profileFrom([judgements[0]], validation));
    const context = { pool: validation, profile: after!.profile, judgements: after!.judgements, presentations: 10, seed: 1 };
    const { rows } = buildTrainingSet({ name: 's', kind: 'stat-sel', learningRate: 1 }, context);
    expect(rows.every((index) => validation[index].skills[0] === 'add')).toBe(true);

    await overruleAnswer(store, 'p/base/validation/neg-0', undefined);
    const restored = await store.get('profiles', 'p');
    expect(restored?.profile).toEqual(profile);
    expect(new Set(restored?.judgements)).toEqual(new Set(judgements));
    expect(await store.get('responses', 'p/base/validation/neg-0')).toEqual(row('neg-0', false));
  });

  it('is still there when the store is opened again, and unknown answers are refused', async () => {
    await overruleAnswer(store, 'p/base/validation/neg-1', false);
    expect((await (await openFileStore(folder.path)).get('responses', 'p/base/validation/neg-1'))?.correct).toBe(false);
    await expect(overruleAnswer(store, 'p/base/validation/none', true)).rejects.toMatchObject({ code: 'studio-no-answer' });
  });
});
