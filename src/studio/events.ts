/** The stages of a project, and what a job tells while it works. */
import type { StepMetrics } from '../train/types';

/** The rail, in order of work. A job advances a project to a stage, doing only what is not done yet. */
export const STAGES = ['data', 'skills', 'student', 'diagnose', 'profile', 'adapt', 'train', 'compare'] as const;
export type Stage = (typeof STAGES)[number];

export type JobEvent =
  /** `unit` in plain words; counts are units of this stage. */
  | { type: 'progress'; projectId: string; stage: Stage; unit: string; done: number; total: number; secondsLeft?: number }
  | { type: 'stepFinished'; projectId: string; runId: string; steps: number; metrics: StepMetrics; tokensPerSecond: number; secondsLeft: number }
  | { type: 'advanced'; projectId: string; stage: Stage };
