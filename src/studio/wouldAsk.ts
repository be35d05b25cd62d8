/** What a project would ask its teacher, at most: told before anything leaves, from the questions alone. */
import type { Question, Skill, Splits } from '../data/types';
import { mostSkillsPerQuestion } from '../data/skillFiles';
import { presentations } from '../stat/arms';
import { scoreRequests } from '../stat/difficulty';
import { answersDrawn } from '../stat/reinforcement';
import { paperDrawsPerSkill } from '../stat/select';
import { clusterRequests, LIST_DEFAULTS } from '../stat/skillDiscovery';
import { augmentRequests, exampleRequests, synthesisDefaults } from '../stat/synthesise';
import type { ArmSpec, MissingSkills } from '../stat/types';
import { startsLater, variantsOf } from '../stat/variants';
import type { Project, SetName } from '../store/types';
import type { ChatRequest } from '../teacher/chat';
import { requestFor } from '../teacher/chatTeacher';
import type { Edited } from '../teacher/prompts';
import { someOf, writingSample } from '../teacher/sample';
import { grade, judge, score } from '../teacher/tasks/judging';
import { cluster, label } from '../teacher/tasks/skills';
import { rewrite } from '../teacher/tasks/writing';
import { difficultySamplings } from './difficulty';
import { evaluationSets, questionsOf } from './splits';

/** One kind of work. */
export interface AskedWork {
  what: string;
  stage: 'skills' | 'diagnose' | 'profile' | 'adapt' | 'train' | 'compare';
  rows: number;
  /** Requests a row takes. */
  calls: number;
  /** Not all of the rows may need the teacher. */
  atMost: boolean;
  /** Some of the requests; an answer, a skill or a new question that is not there yet is stood for by one that is. */
  sample: ChatRequest[];
  /** The address of the reward model that is asked in the teacher's place. */
  rewardModel?: string;
}

/** What new questions are written after: wrong answers, and the skills missing in them. */
interface Missing {
  answers: number;
  skills: number;
}

/**
 * @param skills the project's list; empty where the teacher is to make it
 * @param judgements the verdicts, where the untouched student is diagnosed; before that every answer may be wrong
 */
export function wouldAsk(project: Project, splits: Splits, skills: readonly Skill[], judgements?: readonly MissingSkills[]): AskedWork[] {
  const { teacher, arms, difficulty } = project;
  const list = skills.length > 0 ? [...skills] : standIns(listSize(project).most);
  const validation = questionsOf(project, splits, 'validation');
  const scored = difficulty?.kind === 'process' ? [scoring(validation, difficulty.rewardModel?.baseUrl, teacher?.edited)] : [];
  if (!teacher) return scored.filter(({ rewardModel }) => rewardModel !== undefined);
  const { edited } = teacher;
  const anything: Missing = { answers: validation.length, skills: validation.length * mostSkillsPerQuestion };
  const judged = (what: string, stage: AskedWork['stage'], times: number): AskedWork => ({
    what, stage, rows: validation.length * times, calls: 1, atMost: true,
    sample: someOf(validation).map(({ question, answer }) => requestFor(judge, { question, response: answer, skills: list }, edited).request),
  });
  const labelled = (set: 'validation' | 'pool'): AskedWork => {
    const rows = questionsOf(project, splits, set);
    return {
      // The same question is answered from the ledger the second time.
      what: `Skills of the ${set === 'pool' ? 'pool' : 'validation questions'}`, stage: 'skills', rows: new Set(rows.map(({ question }) => question)).size, calls: 1, atMost: false,
      sample: someOf(rows).map(({ question }) => requestFor(label, { question, skills: list }, edited).request),
    };
  };
  return [
    ...(skills.length === 0 ? naming(project, splits.pool, edited) : []),
    ...(project.skillSource?.kind === 'labels' ? [] : [labelled('validation'), labelled('pool')]),
    ...(project.teacherGrades ? graded(project, splits, edited) : []),
    ...scored,
    judged('Skills missing in wrong answers', 'profile', project.secondPass ? 2 : 1),
    ...arms.flatMap((arm) => writing(project, arm, splits.pool, judgements && !startsLater(arm) ? missingIn(judgements) : anything) ?? []),
    ...arms.filter(startsLater).map(({ name }) => judged(`Skills missing before ${name}`, 'train', 1)),
    ...arms.filter((arm) => arm.kind === 'grpo' && arm.reinforcement?.gradedBy === 'teacher')
      .map((arm) => grading(`Rewards of ${arm.name}`, 'train', splits.pool, answersDrawn(arm.reinforcement) * runsOf(arm), edited)),
  ];
}

export function missingIn(judgements: readonly MissingSkills[]): Missing {
  return { answers: judgements.length, skills: judgements.reduce((sum, { missing }) => sum + missing.length, 0) };
}

/** What it would write for an arm; undefined for an arm it writes nothing for. */
export function writing({ teacher, training }: Project, arm: ArmSpec, pool: readonly Question[], missing: Missing): AskedWork | undefined {
  const edited = teacher?.edited;
  const { name, kind, by, neighbours = paperDrawsPerSkill, drawsPerSkill = synthesisDefaults.perSkill } = arm;
  const stage = startsLater(arm) ? 'train' : 'adapt';
  const shown = presentations(training);
  if (kind === 'augment') {
    const requests = augmentRequests(pool, shown, training.seed);
    return {
      what: `Answers told anew for ${name}`, stage, rows: requests.length, calls: 1, atMost: false,
      sample: someOf(requests).map((request) => requestFor(rewrite, request, edited).request),
    };
  }
  if (kind !== 'stat-syn' && kind !== 'embed-syn') return undefined;
  const rows = kind === 'embed-syn' ? missing.answers * neighbours : by === 'rate' ? shown : missing.skills * drawsPerSkill;
  return {
    what: `New questions for ${name}, with their solutions`, stage, rows, calls: 1 + synthesisDefaults.solutions, atMost: by !== 'rate' || kind === 'embed-syn',
    sample: writingSample(exampleRequests(pool, training.seed), synthesisDefaults.solutions, edited),
  };
}

function listSize({ skillSource }: Project): { sample: number; most: number } {
  return skillSource?.kind === 'teacher' ? skillSource : LIST_DEFAULTS;
}

/** Skills that nobody has named yet. */
function standIns(count: number): Skill[] {
  return Array.from({ length: count }, (_, i) => ({ name: `a skill of three or four words, ${i + 1}`, description: '' }));
}

/** Names for a part of the pool, then their families, which are asked about once more where they are too many. */
function naming(project: Project, pool: readonly Question[], edited: Edited): AskedWork[] {
  const { sample, most } = listSize(project);
  const rows = Math.min(sample, pool.length);
  const clusters = clusterRequests(standIns(rows).map(({ name }) => name), most);
  return [{
    what: 'Free names of skills', stage: 'skills', rows, calls: 1, atMost: false,
    sample: someOf(pool).map(({ question }) => requestFor(label, { question, skills: [] }, edited).request),
  }, {
    what: 'Families of these names', stage: 'skills', rows: 2 * clusters.length, calls: 1, atMost: true, sample: clusters.map((request) => requestFor(cluster, request, edited).request),
  }];
}

/** A question's own answer stands for the student's. */
function scoring(validation: readonly Question[], rewardModel: string | undefined, edited: Edited = {}): AskedWork {
  const some = someOf(validation);
  const requests = scoreRequests(some, some.map(({ id, answer }) => ({ questionId: id, text: answer, correct: false, rule: '' })));
  return {
    what: 'Steps of validation answers', stage: 'diagnose', rows: validation.length, calls: 1, atMost: true,
    sample: requests.map((request) => requestFor(score, request, edited).request), rewardModel,
  };
}

function grading(what: string, stage: AskedWork['stage'], questions: readonly Question[], rows: number, edited: Edited): AskedWork {
  return {
    what, stage, rows, calls: 1, atMost: true,
    sample: someOf(questions).map(({ question, answer }) => requestFor(grade, { question, reference: answer, response: answer }, edited).request),
  };
}

function runsOf(arm: ArmSpec): number {
  return variantsOf(arm).length * (new Set(arm.learningRates).size || 1);
}

/** Second opinions: of the untouched student's answers to validation, then of each run's to validation and each arm's to what it is compared on. */
function graded(project: Project, splits: Splits, edited: Edited): AskedWork[] {
  const { arms, difficulty, tests = [] } = project;
  const size = (set: SetName) => questionsOf(project, splits, set).length;
  const trained = arms.filter(({ kind }) => kind !== 'base');
  const runs = trained.reduce((sum, arm) => sum + runsOf(arm), 0);
  const compared = evaluationSets(splits).reduce((sum, set) => sum + size(set) * (1 + (tests.find(({ name }) => `ood:${name}` === set)?.samples ?? 0)), 0);
  const of = (what: string, stage: AskedWork['stage'], rows: number) => (rows > 0 ? [grading(`Answers graded wrong: ${what}`, stage, splits.validation, rows, edited)] : []);
  return [
    ...of('validation', 'diagnose', size('validation') * (1 + difficultySamplings(difficulty).length)),
    ...of('the oracle’s questions', 'adapt', arms.some(({ kind }) => kind === 'oracle') ? size('oracle') : 0),
    ...of('validation, by trained students', 'train', size('validation') * runs),
    ...of('the comparison', 'compare', compared * (trained.length + 1)),
  ];
}
