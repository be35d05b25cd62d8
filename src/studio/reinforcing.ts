/** Reinforces one run in batches of rollouts, each ending in a checkpoint from which it goes on to the same bits. */
import type { Question } from '../data/types';
import type { Engine } from '../gpu/device';
import { loadGrader } from '../grade/graders';
import { missingRows } from '../stat/forgetting';
import { defaultReinforcement } from '../stat/reinforcement';
import type { Reinforcement } from '../stat/types';
import { groupsPath } from '../store/blobPath';
import type { Project, RunRow } from '../store/types';
import type { WorkingTeacher } from '../teacher/runner/caller';
import { encodePrompt } from '../train/example';
import { GrpoTrainer, type GrpoMetrics, type GrpoOptions, type Rollout } from '../train/grpo';
import type { StepMetrics } from '../train/types';
import type { Job } from './job';
import { gradedRewards, rewardBySkill, type GradedAnswer, type Judge } from './rewards';
import { dropMetricsAfter, keepSlice, markTraining, readCheckpoint, runRow, tellStep } from './runState';
import { secondOpinion } from './secondOpinion';
import { studentToTrain } from './tuning';

/** The answers of the last batch, group by group: what the page lays side by side. */
export interface RolloutGroups {
  step: number;
  groups: { question: string; answer: string; skills: string[]; answers: { text: string; reward: number; correct: boolean; rule?: string; advantage?: number }[] }[];
}

/** A run's trainer and what its last batch was graded. */
export class Reinforcer {
  graded: GradedAnswer[] = [];

  constructor(readonly trainer: GrpoTrainer, readonly rewardOf: ReturnType<typeof gradedRewards>) {}

  params(): ReturnType<GrpoTrainer['params']> {
    return this.trainer.params();
  }

  dispose(): Promise<void> {
    return this.trainer.dispose();
  }
}

/** Reinforces on to update `until`. Stopping drops the batch in flight. */
export async function reinforceUntil(job: Job, runId: string, until: number): Promise<void> {
  const reinforcer = await job.hold(`training of ${runId}`, (engine) => openReinforcer(job, runId, engine));
  const { trainer } = reinforcer;
  const run = await runRow(job, runId);
  const { updatesEach, group } = reinforcementOf(job.project, run);
  await markTraining(job, runId);
  while (trainer.iteration * updatesEach < until) {
    const { metrics, rollouts } = await trainer.iterate(reinforcer.rewardOf, job.deps.signal);
    const checkpoint = await trainer.checkpoint();
    const row = stepRow(metrics, reinforcer.graded, checkpoint.step, run.learningRate, updatesEach);
    tellStep(job, run, row, until);
    await job.store.writeBlob(groupsPath(runId), groupsFile(checkpoint.step, reinforcer.graded, rollouts, group));
    await keepSlice(job, runId, checkpoint, [row], trainer);
    job.deps.signal.throwIfAborted();
  }
}

export async function openReinforcer(job: Job, runId: string, engine: Engine): Promise<Reinforcer> {
  const { project } = job;
  const run = await runRow(job, runId);
  const student = await studentToTrain(job, run);
  const { updates, formatReward, ask, gradedBy, ...how } = reinforcementOf(project, run);
  const questions = await askedQuestions(job, run.arm, ask);
  const { weightDecay: _, ...training } = project.training;
  const options: GrpoOptions = {
    ...how, iterations: Math.ceil(updates / how.updatesEach), maxTokens: project.generation.maxTokens, temperature: 1, clipLow: 0.2, clipHigh: 0.2,
    learningRate: run.learningRate, weightDecay: 0, clip: training.clip, beta1: training.beta1, beta2: training.beta2,
    epsilon: training.epsilon, seed: training.seed, accumulate: training.accumulate, recompute: training.recompute, optimizer: training.optimizer,
  };
  const from = await readCheckpoint(job, runId);
  await dropMetricsAfter(job, runId, from?.step ?? 0);
  const prompts = questions.map(({ question }) => encodePrompt(student, question));
  const grader = await loadGrader(project.grader);
  const trainer = await GrpoTrainer.create(engine, student, options, prompts, from);
  const reinforcer: Reinforcer = new Reinforcer(trainer, gradedRewards(student, questions, grader, formatReward,
    (graded) => (reinforcer.graded = graded), gradedBy === 'teacher' ? judgeOf(job, await job.teacher()) : undefined));
  return reinforcer;
}

/** Replies are in the ledger before they count, so a batch that is rolled out again is not paid for again. */
function judgeOf(job: Job, teacher: WorkingTeacher): Judge {
  return (questions, responses) => secondOpinion(teacher, questions, responses, {
    signal: job.deps.signal, onProgress: (ended, all) => job.tell(`The teacher looks at answers graded wrong: ${ended} of ${all}`),
  });
}

/** What a run may ask. @throws StudioError `studio-no-profile`, `stat-empty-profile` */
export async function askedQuestions(job: Job, arm: string, ask: Reinforcement['ask']): Promise<Question[]> {
  const pool = await job.labelled('pool');
  return ask === 'all' ? pool : missingRows(pool, (await job.profile()).profile, arm).map((at) => pool[at]);
}

export function reinforcementOf(project: Project, run: RunRow): Reinforcement {
  return { ...defaultReinforcement, ...project.arms.find((arm) => arm.name === run.arm)?.reinforcement };
}

function stepRow(metrics: GrpoMetrics, graded: readonly GradedAnswer[], step: number, learningRate: number, updatesEach: number): StepMetrics {
  const { iteration: _, loss, gradNorm, rolloutTokens, updateTokens, rolloutMs, updateMs, ...rollouts } = metrics;
  return {
    step, loss, gradNorm, learningRate, tokens: rolloutTokens + updateTokens, msPerStep: (rolloutMs + updateMs) / updatesEach,
    rollouts: { ...rollouts, skills: rewardBySkill(graded), ...unjudgedOf(graded) },
  };
}

/** Said only where there are some. */
function unjudgedOf(graded: readonly GradedAnswer[]): { unjudged?: number } {
  const unjudged = graded.filter((answer) => answer.unjudged).length;
  return unjudged > 0 ? { unjudged } : {};
}

function groupsFile(step: number, graded: readonly GradedAnswer[], rollouts: readonly Rollout[], group: number): Uint8Array {
  const groups: RolloutGroups['groups'] = [];
  graded.forEach(({ question, text, reward, correct, rule }, i) => {
    if (i % group === 0) groups.push({ question: question.question, answer: question.answer, skills: question.skills, answers: [] });
    groups[groups.length - 1].answers.push({ text, reward, correct, rule, advantage: rollouts[i].advantage });
  });
  return new TextEncoder().encode(JSON.stringify({ step, groups } satisfies RolloutGroups));
}
