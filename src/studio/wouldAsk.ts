/** What a project would ask its teacher, at most: told before anything leaves, from the questions alone. */
import type { Question, Skill, Splits } from '../data/types';
import { mostSkillsPerQuestion } from '../data/skillFiles';
import { presentations } from '../stat/arms';
import { scoreRequests } from '../stat/difficulty';
import { answersDrawn } from '../stat/reinforcement';
import { paperDrawsPerSkill } from '../stat/select';
import { clusterRequests } from '../stat/skillDiscovery';
import { augmentRequests, exampleRequests, synthesisDefaults } from '../stat/synthesise';
import type { ArmSpec } from '../stat/types';
import { variantsOf } from '../stat/variants';
import type { Project, SetName } from '../store/types';
import type { ChatRequest } from '../teacher/chat';
import { requestFor } from '../teacher/chatTeacher';
import type { Edited } from '../teacher/prompts';
import { someOf, writingSample } from '../teacher/sample';
import { grade, judge, score } from '../teacher/tasks/judging';
import { cluster, label } from '../teacher/tasks/skills';
import { rewrite } from '../teacher/tasks/writing';
import { difficultySamplings } from './difficulty';
import { NAMES_AT_ONCE, PROJECT_LIST } from './skillList';
import { evaluationSets, questionsOf } from './splits';
import { startsLater } from './stages/adapt';

/** One kind of work. */
export interface AskedWork {
  what: string;
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

/** @param skills the project's list; empty where the teacher is to make it */
export function wouldAsk(project: Project, splits: Splits, skills: readonly Skill[]): AskedWork[] {
  const { teacher, arms, difficulty } = project;
  const list = skills.length > 0 ? [...skills] : standIns(listSize(project).most);
  const validation = questionsOf(project, splits, 'validation');
  const scored = difficulty?.kind === 'process' ? [scoring(validation, difficulty.rewardModel?.baseUrl, teacher?.edited)] : [];
  if (!teacher) return scored.filter(({ rewardModel }) => rewardModel !== undefined);
  const { edited } = teacher;
  const judged = (what: string, times: number): AskedWork => ({
    what, rows: validation.length * times, calls: 1, atMost: true,
    sample: someOf(validation).map(({ question, answer }) => requestFor(judge, { question, response: answer, skills: list }, edited).request),
  });
  const labelled = (set: 'validation' | 'pool'): AskedWork => {
    const rows = questionsOf(project, splits, set);
    return {
      // The same question is answered from the ledger the second time.
      what: `Skills of the ${set === 'pool' ? 'pool' : 'validation questions'}`, rows: new Set(rows.map(({ question }) => question)).size, calls: 1, atMost: false,
      sample: someOf(rows).map(({ question }) => requestFor(label, { question, skills: list }, edited).request),
    };
  };
  return [
    ...(skills.length === 0 ? naming(project, splits.pool, edited) : []),
    ...(project.skillSource?.kind === 'labels' ? [] : [labelled('validation'), labelled('pool')]),
    ...(project.teacherGrades ? [grading('Answers graded wrong', splits.test, answersGiven(project, splits), edited)] : []),
    ...scored,
    judged('Skills missing in wrong answers', project.secondPass ? 2 : 1),
    ...arms.filter(startsLater).map(({ name }) => judged(`Skills missing before ${name}`, 1)),
    ...arms.flatMap((arm) => writing(project, arm, splits.pool, validation.length) ?? []),
    ...arms.filter((arm) => arm.kind === 'grpo' && arm.reinforcement?.gradedBy === 'teacher')
      .map((arm) => grading(`Rewards of ${arm.name}`, splits.pool, answersDrawn(arm.reinforcement) * runsOf(arm), edited)),
  ];
}

/** What it would write for an arm, before it is known which of `difficult` answers are wrong; undefined for an arm it writes nothing for. */
function writing({ teacher, training }: Project, arm: ArmSpec, pool: readonly Question[], difficult: number): AskedWork | undefined {
  const edited = teacher?.edited;
  const { name, kind, by, neighbours = paperDrawsPerSkill, drawsPerSkill = synthesisDefaults.perSkill } = arm;
  const shown = presentations(training);
  if (kind === 'augment') {
    const requests = augmentRequests(pool, shown, training.seed);
    return {
      what: `Answers told anew for ${name}`, rows: requests.length, calls: 1, atMost: false,
      sample: someOf(requests).map((request) => requestFor(rewrite, request, edited).request),
    };
  }
  if (kind !== 'stat-syn' && kind !== 'embed-syn') return undefined;
  const rows = kind === 'embed-syn' ? difficult * neighbours : by === 'rate' ? shown : difficult * mostSkillsPerQuestion * drawsPerSkill;
  return {
    what: `New questions for ${name}, with their solutions`, rows, calls: 1 + synthesisDefaults.solutions, atMost: by !== 'rate' || kind === 'embed-syn',
    sample: writingSample(exampleRequests(pool, training.seed), synthesisDefaults.solutions, edited),
  };
}

function listSize({ skillSource }: Project): { sample: number; most: number } {
  return skillSource?.kind === 'teacher' ? skillSource : PROJECT_LIST;
}

/** Skills that nobody has named yet. */
function standIns(count: number): Skill[] {
  return Array.from({ length: count }, (_, i) => ({ name: `a skill of three or four words, ${i + 1}`, description: '' }));
}

/** Names for a part of the pool, then their families, which are asked about once more where they are too many. */
function naming(project: Project, pool: readonly Question[], edited: Edited): AskedWork[] {
  const { sample, most } = listSize(project);
  const rows = Math.min(sample, pool.length);
  const clusters = clusterRequests(standIns(rows).map(({ name }) => name), most, NAMES_AT_ONCE);
  return [{
    what: 'Free names of skills', rows, calls: 1, atMost: false,
    sample: someOf(pool).map(({ question }) => requestFor(label, { question, skills: [] }, edited).request),
  }, {
    what: 'Families of these names', rows: 2 * clusters.length, calls: 1, atMost: true, sample: clusters.map((request) => requestFor(cluster, request, edited).request),
  }];
}

/** A question's own answer stands for the student's. */
function scoring(validation: readonly Question[], rewardModel: string | undefined, edited: Edited = {}): AskedWork {
  const some = someOf(validation);
  const requests = scoreRequests(some, some.map(({ id, answer }) => ({ questionId: id, text: answer, correct: false, rule: '' })));
  return {
    what: 'Steps of validation answers', rows: validation.length, calls: 1, atMost: true,
    sample: requests.map((request) => requestFor(score, request, edited).request), rewardModel,
  };
}

function grading(what: string, questions: readonly Question[], rows: number, edited: Edited): AskedWork {
  return {
    what, rows, calls: 1, atMost: true,
    sample: someOf(questions).map(({ question, answer }) => requestFor(grade, { question, reference: answer, response: answer }, edited).request),
  };
}

function runsOf(arm: ArmSpec): number {
  return variantsOf(arm).length * (new Set(arm.learningRates).size || 1);
}

/** Answers of all students to all sets: of each run to validation, of each arm to what it is compared on. */
function answersGiven(project: Project, splits: Splits): number {
  const { arms, difficulty, tests = [] } = project;
  const size = (set: SetName) => questionsOf(project, splits, set).length;
  const trained = arms.filter(({ kind }) => kind !== 'base');
  const runs = trained.reduce((sum, arm) => sum + runsOf(arm), 1);
  const compared = evaluationSets(splits).reduce((sum, set) => sum + size(set) * (1 + (tests.find(({ name }) => `ood:${name}` === set)?.samples ?? 0)), 0);
  const oracle = arms.some(({ kind }) => kind === 'oracle') ? size('oracle') : 0;
  return size('validation') * (runs + difficultySamplings(difficulty).length) + compared * (trained.length + 1) + oracle;
}
