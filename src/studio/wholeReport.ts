/** Everything an experiment found, for a report that stands by itself: from the store of one run folder, or of one project. */
import type { Interval } from '../core/intervals';
import { StudioError } from '../core/errors';
import { contaminationBySet, type Pair } from '../data/benchmarks/contamination';
import { rowOf } from '../stat/arms';
import { continued, type Continued } from '../stat/continued';
import { inWords, pairedCounts, perSkill, pooledDifference, type SeedAnswers } from '../stat/report';
import type { ArmSpec, PairedCounts } from '../stat/types';
import type { Project, ResponseRow, StudioStore } from '../store/types';
import { experimentReport, type ExperimentReport } from './experiment';
import { projectReport } from './report';
import { setQuestions, splitsOf } from './splits';

/** One arm against another, over all questions of all seeds. */
export interface Difference {
  arm: string;
  against: string;
  set: string;
  /** Share; 95 %, from a bootstrap that draws seeds, then questions within. */
  over: Interval;
  perSeed: { seed: number; counts: PairedCounts }[];
  /** Whether it can be told from chance, in words. */
  words: string;
}

/** Counts of one skill against the untouched student, summed over seeds. */
export interface SkillSum {
  arm: string;
  skill: string;
  n: number;
  fixed: number;
  broken: number;
  before: number;
  after: number;
}

export interface Cost {
  /** Tokens the student was trained on, all runs and rates tried. */
  studentTokens: number;
  runs: number;
  teacher: string[];
  teacherCalls: number;
  teacherInputTokens: number;
  teacherOutputTokens: number;
  /** US dollars, where every model's price is known. */
  money?: number;
}

export interface WholeReport {
  version: 1;
  experiment: ExperimentReport;
  differences: Difference[];
  /** Each arm that goes on from another's student, against that one, and what both kept of what was known. */
  continued: Continued[];
  skills: SkillSum[];
  /** By seed: what the profile says of each skill, and the untouched student's true error rate on test. */
  profile: { seed: number; rows: { skill: string; count: number; rate: number; trueError?: number }[] }[];
  /** By seed and arm: test questions that its training rows hold, or nearly. */
  contamination: { seed: number; arm: string; set: string; tests: number; contaminated: number; examples: Pair[] }[];
  cost: Cost;
  /** All that is needed to run it again. */
  configurations: Project[];
  /** Verdicts set by hand, which the figures above follow. */
  overruled: number;
  /** Projects of the store that are not compared yet, and so are not in it. */
  unfinished: string[];
}

/** Throws `report-nothing` when no project of the store has been compared. */
export async function wholeReport(store: StudioStore, projects: readonly Project[]): Promise<WholeReport> {
  const unfinished: string[] = [];
  const done: Project[] = [];
  const reports = [];
  for (const project of [...projects].sort((a, b) => a.source.seed - b.source.seed)) {
    try {
      reports.push(await projectReport(store, project));
      done.push(project);
    } catch (thrown) {
      if (!(thrown instanceof StudioError) || thrown.code !== 'studio-not-compared') throw thrown;
      unfinished.push(project.name);
    }
  }
  if (reports.length === 0) {
    throw new StudioError('report-nothing', 'No project here has been compared yet, so there is nothing to report.', { remedy: 'Run the experiment to its end first.' });
  }
  const answered = await Promise.all(done.map((project) => answersOf(store, project)));
  return {
    version: 1,
    experiment: experimentReport(reports),
    differences: differences(answered),
    continued: continuedArms(answered, reports.map(({ missingSkills }) => missingSkills)),
    skills: skillSums(answered),
    profile: reports.map((report) => {
      const errors = new Map(report.arms[0]?.skills.map(({ skill, counts }) => [skill, 1 - counts.before]));
      return { seed: report.seed, rows: report.profile.entries.map(({ skill, count, rate }) => ({ skill, count, rate, trueError: errors.get(skill) })) };
    }),
    contamination: (await Promise.all(done.map((project) => contaminationOf(store, project)))).flat(),
    cost: await costOf(store, done, reports.map((report) => report.teacher)),
    configurations: done,
    overruled: answered.reduce((sum, { rows }) => sum + rows.filter((row) => row.overruled).length, 0),
    unfinished,
  };
}

interface Answered {
  seed: number;
  rows: ResponseRow[];
  questions: Awaited<ReturnType<typeof setQuestions>>;
  /** Arm, with the kind that tells what it is compared with, and its chosen run. */
  arms: { name: string; kind: string; from?: string; lora?: ArmSpec['lora']; runId: string }[];
}

async function answersOf(store: StudioStore, project: Project): Promise<Answered> {
  const runs = await store.where('runs', 'projectId', project.id);
  return {
    seed: project.source.seed,
    rows: await store.where('responses', 'projectId', project.id),
    questions: await setQuestions(project, store),
    arms: project.arms.map(({ name, kind, from, lora }) => ({ name, kind, from, lora, runId: runs.find((run) => run.arm === name && run.chosen)?.id ?? 'base' })),
  };
}

/** What an arm built on the profile has to beat for the profile to be worth it. */
const CONTROLS = ['random', 'balanced', 'uniform', 'shuffled', 'shuffled-map', 'other-student', 'hard', 'embed-sel', 'embed-syn', 'augment', 'oracle'];
const BY_PROFILE = ['stat-sel', 'stat-sel-replay', 'stat-sel-weighted', 'stat-syn'];

/**
 * Every arm against the untouched student and against plain fine-tuning, on each set, over the seeds that have both; arms built on the
 * profile against every control, and reinforcement of an arm against reinforcement alone and after an arm that needs no profile, on the test set.
 */
function differences(answered: readonly Answered[]): Difference[] {
  // An arm that was added to some seeds only counts over those.
  const arms = [...new Map(answered.flatMap((one) => one.arms.map((arm) => [arm.name, arm]))).values()];
  const base = arms.find((arm) => arm.kind === 'base')?.name;
  const sft = arms.find((arm) => arm.kind === 'sft')?.name;
  const sets = [...answered[0].questions.keys()];
  return arms.flatMap((arm) => {
    const { name, kind } = arm;
    const rivals = [base, sft].filter((rival): rival is string => rival !== undefined && rival !== name && kind !== 'base');
    const controls = controlsOf(arm, arms).filter((one) => !rivals.includes(one.name));
    const pairs = [...rivals.flatMap((against) => sets.map((set) => ({ against, set }))), ...controls.map((one) => ({ against: one.name, set: 'test' }))];
    return pairs.flatMap(({ against, set }): Difference[] => {
      const seeds = answered.map((one): SeedAnswers => ({ seed: one.seed, before: answers(one, against, set), after: answers(one, name, set) }))
        .filter(({ before, after }) => before.length > 0 && after.length > 0);
      if (seeds.length === 0) return [];
      const over = pooledDifference(seeds);
      return [{
        arm: name, against, set, over, words: inWords(over, seeds.length),
        perSeed: seeds.map(({ seed, before, after }) => ({ seed, counts: pairedCounts(before, after) })),
      }];
    });
  });
}

/** What an arm is held against beside the untouched student and plain fine-tuning. */
export function controlsOf<T extends Pick<Answered['arms'][number], 'name' | 'kind' | 'from' | 'lora'>>(arm: T, arms: readonly T[]): T[] {
  // An adapter against all weights, on the same data.
  const otherwise = arm.lora === undefined || arm.kind === 'grpo' ? [] : arms.filter(({ kind, lora, from }) => kind === arm.kind && lora === undefined && from === arm.from);
  if (BY_PROFILE.includes(arm.kind)) return [...otherwise, ...arms.filter(({ kind }) => CONTROLS.includes(kind))];
  if (arm.kind !== 'grpo' || arm.from === undefined) return otherwise;
  const onProfile = (from: string | undefined) => arms.some(({ name, kind }) => name === from && BY_PROFILE.includes(kind));
  return arms.filter(({ kind, from }) => kind === 'grpo' && (from === undefined || (onProfile(arm.from) && !onProfile(from))));
}

/** Answers come as they were stored: here by the order of the questions. */
function continuedArms(answered: readonly Answered[], missingSkills: readonly string[][]): Continued[] {
  return answered[0].arms.flatMap(({ name, from }) => (from === undefined || from === 'base' ? [] : [continued(name, from, answered.map((one, i) => {
    const questions = one.questions.get('test') ?? [];
    const inOrder = (runId: string | undefined): ResponseRow[] => {
      const byQuestion = new Map(one.rows.filter((row) => row.runId === runId && row.set === 'test').map((row) => [row.questionId, row]));
      return questions.flatMap(({ id }) => byQuestion.get(id) ?? []);
    };
    const ofArm = (arm: string) => inOrder(one.arms.find((each) => each.name === arm)?.runId);
    return { seed: one.seed, questions, missingSkills: missingSkills[i], untouched: inOrder('base'), from: ofArm(from), now: ofArm(name) };
  }))]));
}

function answers({ arms, rows }: Answered, arm: string, set: string): ResponseRow[] {
  const runId = arms.find((one) => one.name === arm)?.runId;
  return rows.filter((row) => row.runId === runId && row.set === set);
}

function skillSums(answered: readonly Answered[]): SkillSum[] {
  const sums = new Map<string, SkillSum>();
  for (const one of answered) {
    const before = answers(one, one.arms.find((arm) => arm.kind === 'base')?.name ?? '', 'test');
    for (const { name, kind } of one.arms) {
      if (kind === 'base') continue;
      for (const { skill, counts } of perSkill(one.questions.get('test') ?? [], before, answers(one, name, 'test'))) {
        const key = JSON.stringify([name, skill]);
        const sum = sums.get(key) ?? { arm: name, skill, n: 0, fixed: 0, broken: 0, before: 0, after: 0 };
        sums.set(key, {
          ...sum, n: sum.n + counts.n, fixed: sum.fixed + counts.fixed, broken: sum.broken + counts.broken,
          before: sum.before + Math.round(counts.before * counts.n), after: sum.after + Math.round(counts.after * counts.n),
        });
      }
    }
  }
  return [...sums.values()];
}

const EXAMPLES = 3;

async function contaminationOf(store: StudioStore, project: Project): Promise<WholeReport['contamination']> {
  const { pool } = await splitsOf(project, store);
  const sets = await setQuestions(project, store);
  return (await store.where('trainingSets', 'projectId', project.id)).flatMap((set) => {
    const rows = [...new Set(set.rows)].map((row) => rowOf(set, pool, row));
    return contaminationBySet(rows, sets).map(({ set: name, tests, contaminated, pairs }) =>
      ({ seed: project.source.seed, arm: set.arm, set: name, tests, contaminated, examples: pairs.slice(0, EXAMPLES) }));
  });
}

async function costOf(store: StudioStore, projects: readonly Project[], teachers: readonly string[]): Promise<Cost> {
  const runs = (await Promise.all(projects.map((project) => store.where('runs', 'projectId', project.id)))).flat();
  const calls = (await Promise.all(projects.map((project) => store.where('calls', 'projectId', project.id)))).flat();
  const sum = (values: readonly (number | undefined)[]): number => values.reduce<number>((a, b) => a + (b ?? 0), 0);
  return {
    studentTokens: sum(runs.map((run) => run.tokens)), runs: runs.length, teacher: [...new Set(teachers)],
    teacherCalls: sum(calls.map((call) => call.tries)),
    teacherInputTokens: sum(calls.map((call) => call.inputTokens)), teacherOutputTokens: sum(calls.map((call) => call.outputTokens)),
    money: calls.every((call) => call.money !== undefined) ? sum(calls.map((call) => call.money)) : undefined,
  };
}
