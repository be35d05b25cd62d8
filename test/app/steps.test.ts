import { describe, expect, it } from 'vitest';
import { doneStages, missingBefore, stepStates, type Kept } from '../../src/app/state/steps';

const nothing: Kept = {
  project: true,
  labelled: 0,
  toLabel: 100,
  answered: 0,
  toAnswer: 20,
  pending: 0,
  judged: undefined,
  toJudge: 0,
  runs: [],
  arms: 2,
};
const run = (arm: string, status: string) => ({ arm, status });

describe('how far a project has come', () => {
  it('starts with its data', () => {
    expect([...doneStages(nothing)]).toEqual(['data']);
    expect(doneStages({ ...nothing, project: false }).size).toBe(0);
  });

  it('waits for every label, answer and verdict', () => {
    expect(doneStages({ ...nothing, labelled: 99 }).has('skills')).toBe(false);
    expect(doneStages({ ...nothing, labelled: 100 }).has('skills')).toBe(true);
    expect(doneStages({ ...nothing, answered: 19 }).has('diagnose')).toBe(false);
    expect(doneStages({ ...nothing, answered: 20 }).has('diagnose')).toBe(true);
    expect(doneStages({ ...nothing, answered: 20, pending: 1 }).has('diagnose')).toBe(false);
    expect(doneStages({ ...nothing, answered: 20, toJudge: 7, judged: 6 }).has('profile')).toBe(false);
    expect(doneStages({ ...nothing, answered: 20, toJudge: 7, judged: 7 }).has('profile')).toBe(true);
  });

  it('counts an empty profile of a student without mistakes as a profile', () => {
    expect(doneStages({ ...nothing, answered: 20, toJudge: 0, judged: 0 }).has('profile')).toBe(true);
  });

  it('is trained when every run of every arm is, and compared when every run is finished', () => {
    const profiled = { ...nothing, answered: 20, judged: 0 };
    expect(doneStages({ ...profiled, runs: [run('sft', 'queued')] }).has('adapt')).toBe(false);
    const half = { ...profiled, runs: [run('sft', 'finished'), run('stat-sel', 'training')] };
    expect(doneStages(half).has('adapt')).toBe(true);
    expect(doneStages(half).has('train')).toBe(false);
    const trained = { ...profiled, runs: [run('sft', 'finished'), run('stat-sel', 'evaluating')] };
    expect(doneStages(trained).has('train')).toBe(true);
    expect(doneStages(trained).has('compare')).toBe(false);
    expect(doneStages({ ...profiled, runs: [run('sft', 'finished'), run('stat-sel', 'finished')] }).has('compare')).toBe(true);
  });
});

describe('the rail', () => {
  it('opens the first step that is not done and blocks those behind it', () => {
    const states = stepStates(new Set(['data', 'skills'] as const), undefined);
    expect(states).toMatchObject({ data: 'done', skills: 'done', student: 'ready', diagnose: 'blocked', compare: 'blocked' });
    expect(stepStates(new Set(['data'] as const), 'skills').skills).toBe('running');
  });

  it('names what is missing before a step', () => {
    expect(missingBefore('profile', new Set(['data', 'student'] as const)).map((step) => step.title)).toEqual([
      'Skills',
      'Diagnose',
    ]);
  });
});
