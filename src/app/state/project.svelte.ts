/** The open project: what is kept of it, its questions, and how far it has come. */
import { createContext } from 'svelte';
import { difficultAnswers, type DifficultyRule } from '../../stat/difficulty';
import { type Evidence, difficultyEvidence } from '../../studio/difficulty';
import { overruleAnswer } from '../../studio/overrule';
import { studentOf } from '../../studio/sampling';
import type { Question } from '../../data/types';
import type { Project, ProfileRow, ResponseRow, RunRow, SkillRow } from '../../store/types';
import type { Stage } from '../../worker/protocol';
import { isBusy } from './jobs';
import { Live, Loaded } from './live.svelte';
import type { Session } from './session.svelte';
import { loadQuestions, type Questions } from './questions';
import { doneStages, stepStates, STEPS } from './steps';

export class ProjectState {
  readonly #project: Live<Project | undefined>;
  readonly #skills: Live<SkillRow[]>;
  readonly #profile: Live<ProfileRow | undefined>;
  readonly #runs: Live<RunRow[]>;
  readonly #answers: Live<ResponseRow[]>;
  readonly #labelled: Live<number>;
  readonly #questions: Loaded<Questions>;

  readonly project = $derived.by(() => this.#project.value);
  readonly skills = $derived.by(() => this.#skills.value ?? []);
  readonly profile = $derived.by(() => this.#profile.value);
  /** In the order of the project's arms. */
  readonly runs = $derived.by(() => inArmOrder(this.#runs.value ?? [], this.project));
  /** What the rule of difficulty looks at. */
  readonly evidence: Evidence = $derived.by(() =>
    this.project ? difficultyEvidence(this.project, this.#answers.value ?? []) : { answers: [], samples: [], pending: 0 },
  );
  /** The untouched student's answers to the validation questions. */
  readonly answers = $derived.by(() => this.evidence.answers);
  readonly rule: DifficultyRule = $derived.by(() => this.project?.difficulty ?? { kind: 'graded' });
  /** Ids of the questions that the rule calls difficult, as far as its evidence goes. */
  readonly difficult: string[] = $derived.by(() => difficultAnswers(this.rule, this.answers, this.evidence.samples));
  readonly questions = $derived.by(() => this.#questions.value);
  readonly questionsError = $derived.by(() => this.#questions.error);
  readonly byId: Map<string, Question> = $derived.by(() => indexQuestions(this.questions));
  readonly error = $derived.by(() => this.#project.error ?? this.#runs.error ?? this.#answers.error);
  /** Everything that tells how far it has come has been read at least once. */
  readonly loaded = $derived.by(
    () =>
      this.#project.done &&
      this.#skills.done &&
      this.#profile.done &&
      this.#runs.done &&
      (this.#answers.done || this.answers.length > 0) &&
      (this.questions !== undefined || this.#questions.error !== undefined),
  );
  readonly missing = $derived.by(() => this.#project.done && !this.#project.value);

  readonly job = $derived.by(() => this.session.jobs[this.id]);
  readonly busy = $derived.by(() => isBusy(this.job));
  readonly done = $derived.by(() =>
    doneStages({
      project: this.project !== undefined,
      labelled: this.#labelled.value ?? 0,
      toLabel: this.questions ? this.questions.pool.length + this.questions.validation.length : 0,
      answered: this.answers.length,
      toAnswer: this.questions?.validation.length ?? 0,
      pending: this.evidence.pending,
      judged: this.profile && this.profile.judgements.length + (this.profile.failures?.length ?? 0),
      toJudge: this.difficult.length,
      runs: this.runs,
      arms: this.project?.arms.filter((arm) => arm.kind !== 'base').length ?? 0,
    }),
  );
  readonly states = $derived.by(() => stepStates(this.done, this.busy ? (this.job?.stage ?? this.firstToDo) : undefined));
  readonly firstToDo: Stage | undefined = $derived.by(() => STEPS.find((step) => !this.done.has(step.stage))?.stage);

  constructor(
    readonly session: Session,
    readonly id: string,
  ) {
    const { store } = session;
    this.#project = new Live(() => () => store.get('projects', id));
    this.#skills = new Live(() => () => store.where('skills', 'projectId', id));
    this.#profile = new Live(() => () => store.get('profiles', id));
    this.#runs = new Live(() => () => store.where('runs', 'projectId', id));
    // Read while nothing but these answers exists; once the profile is there they are final, and every later
    // evaluation would run this query again over thousands of rows for nothing.
    this.#answers = new Live(() => {
      const final = this.#profile.value !== undefined;
      let kept: Promise<ResponseRow[]> | undefined;
      const read = async () => (await store.where('responses', 'projectId', id)).filter(isBaseValidation);
      return () => (final ? (kept ??= read()) : read());
    });
    // Once there are answers the labels are final, and need not be counted.
    this.#labelled = new Live(() => {
      const final = this.answers.length > 0;
      const counted = async () => (await store.where('labels', 'projectId', id)).reduce((sum, row) => sum + row.skills.length, 0);
      return () => (final ? Promise.resolve(0) : counted());
    });
    this.#questions = new Loaded(() => (this.#project.value ? loadQuestions(store, this.#project.value) : undefined));
  }

  /** Grades overruled in this visit: what reads answers once reads them again. */
  overruled = $state(0);

  /** Counts an answer as right or wrong by hand; `undefined` as its grader did. */
  async overrule(runId: string, set: string, questionId: string, correct: boolean | undefined): Promise<void> {
    await overruleAnswer(this.session.store, `${this.id}/${runId}/${set}/${questionId}`, correct);
    this.overruled++;
  }

  advance(to: Stage, retryFailed = false): void {
    this.session.advance(this.id, to, retryFailed);
  }
}

function isBaseValidation(row: ResponseRow): boolean {
  return row.set === 'validation' && studentOf(row.runId).student === 'base';
}

function indexQuestions(questions: Questions | undefined): Map<string, Question> {
  if (!questions) return new Map();
  const { validation, test, outOfDistribution } = questions;
  return new Map([validation, test, ...Object.values(outOfDistribution)].flat().map((question) => [question.id, question]));
}

function inArmOrder(runs: RunRow[], project: Project | undefined): RunRow[] {
  const order = new Map(project?.arms.map((arm, i) => [arm.name, i]));
  const place = (run: RunRow) => order.get(run.arm) ?? order.size;
  return [...runs].sort((a, b) => place(a) - place(b) || a.learningRate - b.learningRate);
}

export const [getProject, setProject] = createContext<ProjectState>();
