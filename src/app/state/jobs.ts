/** The job of a project as the worker tells it: events in, one plain record out. Pure. */
import type { ErrorRecord } from '../../core/errors';
import type { StepMetrics } from '../../train/types';
import type { Event, Stage, TeacherProgress } from '../../worker/protocol';

export interface TrainingNow {
  runId: string;
  steps: number;
  metrics: StepMetrics;
  tokensPerSecond: number;
  secondsLeft: number;
}

export interface Job {
  projectId: string;
  state: 'starting' | 'running' | 'pausing' | 'cancelling' | 'paused' | 'cancelled' | 'failed' | 'finished';
  /** Where it was asked to go. */
  to: Stage;
  stage?: Stage;
  unit?: string;
  done: number;
  total: number;
  secondsLeft?: number;
  training?: TrainingNow;
  /** As the last unit that asked one told it. */
  teacher?: TeacherProgress;
  error?: ErrorRecord;
}

/** A job just asked for. */
export function startedJob(projectId: string, to: Stage): Job {
  return { projectId, state: 'starting', to, done: 0, total: 0 };
}

/** The job after an event; the same object where the event says nothing about it. */
export function jobAfter(job: Job | undefined, event: Event): Job | undefined {
  if (!('projectId' in event)) return job;
  const now = job ?? startedJob(event.projectId, event.type === 'progress' ? event.stage : 'compare');
  switch (event.type) {
    case 'progress': {
      const { stage, unit, done, total, secondsLeft, teacher } = event;
      return { ...now, state: active(now), stage, unit, done, total, secondsLeft, teacher, error: undefined };
    }
    case 'stepFinished': {
      const { runId, steps, metrics, tokensPerSecond, secondsLeft } = event;
      const training = { runId, steps, metrics, tokensPerSecond, secondsLeft };
      return {
        ...now,
        state: active(now),
        stage: 'train',
        unit: 'step',
        done: metrics.step,
        total: steps,
        secondsLeft,
        training,
      };
    }
    case 'advanced':
      return event.stage === now.to
        ? { ...now, state: 'finished', stage: event.stage, training: undefined, secondsLeft: 0 }
        : { ...now, stage: event.stage, training: undefined, secondsLeft: undefined };
    case 'paused':
      return { ...now, state: now.state === 'cancelling' ? 'cancelled' : 'paused', secondsLeft: undefined };
    case 'failed':
      if (event.error.code === 'cancelled') return { ...now, state: 'paused', secondsLeft: undefined };
      return { ...now, state: 'failed', error: event.error, secondsLeft: undefined };
    case 'teacherLoading':
      return { ...now, unit: `Loading the teacher, ${Math.round(100 * event.share)} %` };
    case 'deviceLost': // the worker opens it again by itself, or fails
      return { ...now, unit: 'The GPU adapter was lost and is being opened again', training: undefined, secondsLeft: undefined };
  }
}

/** Asked to stop, a job still tells of the unit in flight. */
function active(job: Job): Job['state'] {
  return job.state === 'pausing' || job.state === 'cancelling' ? job.state : 'running';
}

export function isBusy(job: Job | undefined): boolean {
  return job !== undefined && ['starting', 'running', 'pausing', 'cancelling'].includes(job.state);
}
