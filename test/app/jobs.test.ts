import { describe, expect, it } from 'vitest';
import { isBusy, jobAfter, startedJob } from '../../src/app/state/jobs';

const error = { code: 'gpu-lost', message: 'The adapter was lost.' };
const progress = { type: 'progress', projectId: 'p', stage: 'diagnose', unit: 'answers', done: 3, total: 9 } as const;

describe('a job as the worker tells it', () => {
  it('runs, and is finished at the stage it was sent to, not before', () => {
    let job = jobAfter(startedJob('p', 'profile'), progress);
    expect(job).toMatchObject({ state: 'running', stage: 'diagnose', done: 3, total: 9 });
    job = jobAfter(job, { type: 'advanced', projectId: 'p', stage: 'diagnose' });
    expect(isBusy(job)).toBe(true);
    job = jobAfter(job, { type: 'advanced', projectId: 'p', stage: 'profile' });
    expect(job?.state).toBe('finished');
    expect(isBusy(job)).toBe(false);
  });

  it('keeps saying that it is pausing until it has paused', () => {
    const pausing = { ...startedJob('p', 'train'), state: 'pausing' as const };
    const job = jobAfter(pausing, progress);
    expect(job?.state).toBe('pausing');
    expect(jobAfter(job, { type: 'paused', projectId: 'p' })?.state).toBe('paused');
  });

  it('takes a cancelled job as paused and any other failure as failed, with its error', () => {
    const cancelled = { code: 'cancelled', message: 'Cancelled.' };
    expect(jobAfter(startedJob('p', 'train'), { type: 'failed', projectId: 'p', error: cancelled })?.state).toBe('paused');
    expect(jobAfter(startedJob('p', 'train'), { type: 'failed', projectId: 'p', error })).toMatchObject({
      state: 'failed',
      error,
    });
  });

  it('goes on when the adapter was lost, because the worker opens it again', () => {
    const job = jobAfter(jobAfter(startedJob('p', 'train'), progress), { type: 'deviceLost', projectId: 'p', error });
    expect(isBusy(job)).toBe(true);
    expect(job?.unit).toMatch(/opened again/);
  });

  it('tells a cancelled job from a paused one', () => {
    const cancelling = { ...startedJob('p', 'train'), state: 'cancelling' as const };
    expect(jobAfter(cancelling, { type: 'paused', projectId: 'p' })?.state).toBe('cancelled');
  });

  it('hears of a job that another visit started', () => {
    expect(jobAfter(undefined, progress)).toMatchObject({ projectId: 'p', state: 'running' });
  });
});
