/** What a project found: every chosen arm against the untouched student, on the same questions, by set and by skill. */
import { StudioError } from '../core/errors';
import type { Question } from '../data/types';
import { worldById } from '../data/worlds';
import { type Agreement, judgementAgreement } from '../stat/agreement';
import { type RuleResult, ruleResults } from '../stat/difficulty';
import { missingAndKnown, pairedCounts, perSkill, profileAgreement, type SkillBar, type SkillCounts } from '../stat/report';
import { type Sampled, sampledAccuracy } from '../stat/passAt';
import { presentationOrder, presentations } from '../stat/arms';
import { missingByProfile } from '../stat/forgetting';
import { trainingSetKey } from '../stat/variants';
import type { ArmKind, BuildingCost, PairedCounts, Profile, WritingCounts } from '../stat/types';
import type { Project, ResponseRow, RunRow, SetName, StudioStore } from '../store/types';
import { difficultyEvidence } from './difficulty';
import { studentOf } from './sampling';
import { setQuestions } from './splits';

export interface ArmReport {
  arm: string;
  kind: ArmKind;
  /** Absent for the untouched student. */
  learningRate?: number;
  /** Every rate tried, with its accuracy on validation where it was measured. */
  rates: { learningRate: number; validationAccuracy?: number }[];
  steps: number;
  tokens: number;
  effectiveSampleSize?: number;
  /** Rows in the training set, rows presented in training, and different ones among these. */
  setRows?: number;
  presentedRows?: number;
  distinctRows?: number;
  /** What building the set took beside training, and what became of what a teacher wrote. */
  cost?: BuildingCost;
  writing?: WritingCounts;
  /** Against the untouched student, on each set. */
  sets: { set: SetName; counts: PairedCounts; /** Several samples a question, where they were drawn. */ sampled?: Sampled }[];
  /** By main skill, on the test set. */
  skills: SkillCounts[];
  /** Means over skills on the test set: those missing, and the others. */
  missing?: SkillBar;
  known?: SkillBar;
}

export interface ProjectReport {
  projectId: string;
  name: string;
  seed: number;
  student: string;
  /** The planted gaps of a world's student, or the upper part of the profile where nobody knows better. */
  missingSkills: string[];
  missingSkillsFrom: 'planted' | 'profile';
  profile: Profile;
  /** Spearman of the profile with the untouched student's true error rate by skill on test. */
  agreement: { rate?: number; count?: number };
  /** Each rule of difficulty that the stored answers allow, the one in use first, against the grades. */
  difficulty: RuleResult[];
  teacher: string;
  /** Two passes of the teacher over the same answers, where it was asked twice. */
  twoPasses?: Agreement;
  arms: ArmReport[];
}

/** Throws `studio-not-compared` while answers are missing. */
export async function projectReport(store: StudioStore, project: Project): Promise<ProjectReport> {
  const row = await store.get('profiles', project.id);
  const runs = (await store.where('runs', 'projectId', project.id)).sort((a, b) => a.learningRate - b.learningRate);
  if (!row) throw notCompared(project);
  const answers = await store.where('responses', 'projectId', project.id);
  const questions = await setQuestions(project, store);
  const { missingSkills, missingSkillsFrom } = missingSkillsOf(project, row.profile);
  const test = questions.get('test') ?? [];
  const before = responsesTo(answers, 'base', 'test', test, project);

  const arms: ArmReport[] = [];
  for (const spec of project.arms) {
    const mine = runs.filter((run) => run.arm === spec.name);
    const run = mine.find((each) => each.chosen);
    if (!run && spec.kind !== 'base') throw notCompared(project);
    const runId = run?.id ?? 'base';
    const sets = [...questions].map(([set, asked]) => ({
      set,
      counts: pairedCounts(responsesTo(answers, 'base', set, asked, project), responsesTo(answers, runId, set, asked, project)),
      ...sampledOn(answers, runId, set),
    }));
    const skills = perSkill(test, before, responsesTo(answers, runId, 'test', test, project));
    arms.push({
      arm: spec.name, kind: spec.kind, learningRate: run?.learningRate,
      rates: mine.map(({ learningRate, validationAccuracy }) => ({ learningRate, validationAccuracy })),
      steps: run?.step ?? 0, tokens: run?.tokens ?? 0, effectiveSampleSize: run?.effectiveSampleSize,
      ...(run && (await madeOf(store, project, run))),
      sets, skills, ...missingAndKnown(skills, missingSkills),
    });
  }
  const agreement = { rate: profileAgreement(row.profile, test, before, 'rate'), count: profileAgreement(row.profile, test, before, 'count') };
  return {
    projectId: project.id, name: project.name, seed: project.source.seed, student: project.student, missingSkills, missingSkillsFrom,
    difficulty: rulesOf(project, answers), profile: row.profile, agreement, teacher: row.teacher, arms,
    ...(row.second && { twoPasses: judgementAgreement(row.judgements, row.second) }),
  };
}

function rulesOf(project: Project, rows: ResponseRow[]): RuleResult[] {
  const { answers, samples } = difficultyEvidence(project, rows);
  const rule = project.difficulty ?? { kind: 'graded' };
  return ruleResults(rule, answers, samples).sort((a, b) => Number(b.rule === rule) - Number(a.rule === rule));
}

function missingSkillsOf(project: Project, profile: Profile): Pick<ProjectReport, 'missingSkills' | 'missingSkillsFrom'> {
  const { source } = project;
  if (source.kind === 'world') return { missingSkills: worldById(source.world).plantedGaps(source.seed), missingSkillsFrom: 'planted' };
  return { missingSkills: missingByProfile(profile), missingSkillsFrom: 'profile' };
}

/** Mean and pass@k over the samples of a run; nothing where none was drawn. */
export function sampledOn(answers: readonly ResponseRow[], runId: string, set: string): { sampled?: Sampled } {
  const samples = answers.filter((row) => row.set === set && row.runId !== runId && studentOf(row.runId).student === runId);
  if (samples.length === 0) return {};
  const { samples: n } = sampledAccuracy(samples);
  return { sampled: sampledAccuracy(samples, n > 1 ? [1, n] : [1]) };
}

/** In the order of the questions; all of them, or it is too early to compare. */
function responsesTo(answers: ResponseRow[], runId: string, set: SetName, questions: readonly Question[], project: Project): ResponseRow[] {
  const byQuestion = new Map(answers.filter((row) => row.runId === runId && row.set === set).map((row) => [row.questionId, row]));
  return questions.map(({ id }) => {
    const found = byQuestion.get(id);
    if (!found) throw notCompared(project);
    return found;
  });
}

async function madeOf(
  store: StudioStore, project: Project, run: RunRow,
): Promise<Pick<ArmReport, 'setRows' | 'presentedRows' | 'distinctRows' | 'cost' | 'writing'>> {
  const set = await store.get('trainingSets', trainingSetKey(run));
  if (!set) return {};
  const { cost, writing } = set;
  const presented = presentations(project.training, set);
  const order = presentationOrder(set, presented, project.training.seed);
  return { setRows: set.rows.length, presentedRows: presented, distinctRows: new Set(order.map((position) => set.rows[position])).size, cost, writing };
}

function notCompared(project: Project): StudioError {
  return new StudioError('studio-not-compared', `The project "${project.name}" has not been compared yet.`, {
    remedy: 'Advance it to the last step first.',
  });
}
