/** One job at work on a project: what it is given, and what it has read so far and keeps at hand. */
import { StudioError } from '../core/errors';
import type { Question, Skill, Splits } from '../data/types';
import type { Engine } from '../gpu/device';
import type { Student } from '../model/types';
import type { ProfileRow, Project, RunRow, SetName, StudioStore } from '../store/types';
import type { WorkingTeacher } from '../teacher/runner/caller';
import { Generator } from '../train/generate';
import type { JobEvent, Stage, TeacherProgress } from '../worker/protocol';
import { Pace } from './pace';
import { noSentenceModel, type SentenceModel } from './sentenceModel';
import { evaluationSets, questionsOf, skillsOf, splitsOf, withLabels } from './splits';
import { trainedStudent } from './tuning';
import type { Unit } from './unit';

export interface Dependencies {
  store: StudioStore;
  /** Called when the first unit that needs an adapter starts. */
  openEngine(): Promise<Engine>;
  /** Called when the first unit that needs a teacher starts. */
  teacher(): Promise<WorkingTeacher>;
  /** Rows that failed are asked about again. */
  retryFailed?: boolean;
  /** Called when the first text is embedded; where absent, arms that need nearest questions say so. */
  sentenceModel?(): Promise<SentenceModel>;
  /** The student a project names. */
  loadStudent(name: string): Promise<Student>;
  onEvent(event: JobEvent): void;
  signal: AbortSignal;
}

/** Something that keeps memory of the adapter until it is told to let go. */
interface Held {
  dispose(): void | Promise<void>;
}

export class Job {
  readonly pace = new Pace();
  /** The stage at work, how many of its units are done, and those left, the one in flight first. */
  stage: Stage = 'data';
  done = 0;
  left: Unit[] = [];
  private splitsRead?: Promise<Splits>;
  private studentRead?: Promise<Student>;
  private engineOpened?: Promise<Engine>;
  private adapterOpened: (engine: Engine) => void = () => {};
  private readonly adapter = new Promise<Engine>((resolve) => (this.adapterOpened = resolve));
  private teacherFound?: Promise<WorkingTeacher>;
  private sentenceModelFound?: Promise<SentenceModel>;
  private readonly labelledRead = new Map<SetName, Promise<Question[]>>();
  private held?: { name: string; it: Held };

  constructor(readonly project: Project, readonly deps: Dependencies) {}

  get store(): StudioStore {
    return this.deps.store;
  }

  /** Tells how far the stage is; `title` says more than the unit's own, `ended` how much of the unit in flight is done. */
  tell(title = this.left[0]?.title ?? '', ended = 0, teacher?: TeacherProgress): void {
    const { project, stage, done, left, pace } = this;
    const secondsLeft = pace.secondsFor(left.map(({ kind, size }, i) => ({ kind, size: i === 0 ? size - ended : size })));
    this.deps.onEvent({ type: 'progress', projectId: project.id, stage, unit: title, done, total: done + left.length, secondsLeft, teacher });
  }

  splits(): Promise<Splits> {
    return (this.splitsRead ??= splitsOf(this.project, this.store));
  }

  skills(): Promise<Skill[]> {
    return skillsOf(this.project, this.store);
  }

  student(): Promise<Student> {
    return (this.studentRead ??= this.deps.loadStudent(this.project.student).then((student) => ({ ...student, packing: this.project.base })));
  }

  teacher(): Promise<WorkingTeacher> {
    return (this.teacherFound ??= this.deps.teacher());
  }

  async sentenceModel(): Promise<SentenceModel> {
    if (!this.deps.sentenceModel) throw noSentenceModel();
    return (this.sentenceModelFound ??= this.deps.sentenceModel());
  }

  engine(): Promise<Engine> {
    this.engineOpened ??= this.deps.openEngine();
    this.engineOpened.then(this.adapterOpened, () => {});
    return this.engineOpened;
  }

  /** Resolves when the adapter this job opened is lost; pending until then, for ever where none was opened. */
  async loss(): Promise<StudioError> {
    const { message } = await (await this.adapter).lost;
    return new StudioError('gpu-lost', `The graphics adapter was lost: ${message || 'the system gave no reason'}.`, {
      kept: 'Everything up to the last checkpoint is kept.',
      remedy: 'Start again: it goes on from there.',
    });
  }

  async questions(set: SetName): Promise<Question[]> {
    return questionsOf(this.project, await this.splits(), set);
  }

  async evaluationSets(): Promise<SetName[]> {
    return evaluationSets(await this.splits());
  }

  /** Questions as the method may see them: with the teacher's labels in place of whatever the source knew. */
  async labelled(set: SetName): Promise<Question[]> {
    const questions = await this.questions(set);
    let labelled = this.labelledRead.get(set);
    if (!labelled) this.labelledRead.set(set, (labelled = withLabels(this.project, this.store, set, questions)));
    return labelled;
  }

  /** What the untouched student misses. @throws StudioError `studio-no-profile` */
  async profile(): Promise<ProfileRow> {
    const row = await this.store.get('profiles', this.project.id);
    if (row) return row;
    throw new StudioError('studio-no-profile', 'The profile of this project is not stored any more.', { remedy: 'Diagnose the student again.' });
  }

  /** The student as `runId` left it (`base`: untouched). */
  async trained(runId: string): Promise<Student> {
    return trainedStudent(this.project, this.store, runId, await this.student());
  }

  /** A generator for the student as `runId` left it. */
  generator(runId: string): Promise<Generator> {
    return this.hold(`answers of ${runId}`, async (engine) => Generator.create(engine, await this.trained(runId)));
  }

  /** What works on the adapter, one thing at a time: made by `create` if it is not at hand; any other gives its memory back first. */
  async hold<T extends Held>(name: string, create: (engine: Engine) => Promise<T>): Promise<T> {
    if (this.held?.name === name) return this.held.it as T;
    this.releaseGpu();
    const it = await create(await this.engine());
    this.held = { name, it };
    return it;
  }

  releaseGpu(): void {
    void this.held?.it.dispose();
    this.held = undefined;
  }

  runs(): Promise<RunRow[]> {
    return this.store.where('runs', 'projectId', this.project.id);
  }
}
