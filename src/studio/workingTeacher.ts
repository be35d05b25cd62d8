/** The teacher a project asks: the one it has without any choice, or the chosen model, called with care and all of it in the ledger. */
import { StudioError } from '../core/errors';
import type { Project, StudioStore } from '../store/types';
import { chatTeacher } from '../teacher/chatTeacher';
import type { TeacherPlan } from '../teacher/plan';
import { presetOf, providerOf } from '../teacher/presets';
import type { OnLoad } from '../teacher/providers/tab';
import { rewardProvider, rewardScores } from '../teacher/providers/reward';
import { Caller, type WorkingTeacher } from '../teacher/runner/caller';
import { defaultLimits } from '../teacher/runner/limits';
import { storedLedger } from './ledger';
import { teacherOf } from './teacherOf';

export interface TeacherSurroundings {
  store: StudioStore;
  /** The key for an address, held in memory. */
  keyFor(baseUrl: string): string | undefined;
  signal: AbortSignal;
  onLoad?: OnLoad;
}

export async function projectTeacher(project: Project, around: TeacherSurroundings): Promise<WorkingTeacher> {
  const teacher = await (project.teacher ? plannedTeacher(project.teacher, project.id, around) : teacherOf(project, around.store));
  const { difficulty } = project;
  if (difficulty?.kind !== 'process' || !difficulty.rewardModel) return teacher;
  return { ...teacher, scorer: await rewardTeacher(difficulty.rewardModel, project, around) };
}

/** A reward model at an address: it scores steps and nothing else. */
async function rewardTeacher(served: { baseUrl: string; model: string }, { id: projectId, teacher: plan }: Project, around: TeacherSurroundings): Promise<WorkingTeacher> {
  const limits = plan?.limits ?? defaultLimits;
  const provider = rewardProvider({ ...served, key: around.keyFor(served.baseUrl), timeoutMs: limits.timeoutMs });
  const caller = await Caller.open(provider, { ledger: storedLedger(around.store), limits, projectId });
  const through = caller.through(around.signal);
  const only = () => Promise.reject(new StudioError('studio-only-scores', 'A reward model scores steps; it neither labels nor judges.'));
  return {
    name: provider.recipient, kind: 'chat', describe: 'A reward model: it says how sure it is of each step.', label: only, judge: only,
    score: (request) => rewardScores(request, through), caller,
  };
}

/** Throws `teacher-no-key` where the server wants one and there is none. */
export async function plannedTeacher(plan: TeacherPlan, projectId: string, around: TeacherSurroundings): Promise<WorkingTeacher> {
  const { choice, edited, limits, price } = plan;
  const key = around.keyFor(choice.baseUrl);
  const preset = presetOf(choice.preset);
  if (preset.needsKey && !key) {
    throw new StudioError('teacher-no-key', `${preset.title} wants a key, and there is none in memory.`, {
      kept: 'Nothing was sent. All replies that came are kept.', remedy: 'Enter it on the Teacher page, then start again.',
    });
  }
  // The caller keeps time.
  const provider = providerOf(choice, { key, timeoutMs: Infinity, onLoad: around.onLoad });
  await provider.ready?.(around.signal);
  const caller = await Caller.open(provider, { ledger: storedLedger(around.store), limits: provider.oneAtATime ? { ...limits, concurrency: 1 } : limits, projectId, price });
  return { ...chatTeacher(caller.through(around.signal), edited, provider.recipient), caller };
}
