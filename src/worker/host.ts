/** What the worker does with each command: one job at a time, the others wait their turn. Knows no global of the worker. */
import { wait } from '../core/clock';
import { errorRecord, StudioError, type ErrorRecord } from '../core/errors';
import { zipPieces } from '../core/zip';
import type { Engine } from '../gpu/device';
import { selftest } from '../gpu/selftest';
import { linearProducts } from '../gpu/tuner';
import { blobSource } from '../model/byteSource';
import type { Pieces } from '../model/export/pieces';
import { paramShapes } from '../model/shapes';
import type { Project, StudioStore } from '../store/types';
import { writeInto } from '../store/writeFolder';
import { keepAlignment } from '../studio/alignment';
import { discardUnfinished } from '../studio/discard';
import { knownFits, projectFit } from '../studio/fit';
import { advance } from '../studio/pipeline';
import { previewExample } from '../studio/preview';
import type { SentenceModel } from '../studio/sentenceModel';
import type { StudentShelf } from '../studio/shelf';
import { answerSideBySide } from '../studio/sideBySide';
import { speedProfile } from '../studio/speedProfile';
import { exportRun } from '../studio/takeHome';
import { projectTeacher } from '../studio/workingTeacher';
import { IdleTuner } from './idleTuner';
import { TUNE_BUDGET_MS, type Command, type Event, type Stage } from './protocol';

/** Answers at once that decoding is tuned for. */
const ANSWERS = 8;

export interface Surroundings {
  store: StudioStore;
  openEngine(): Promise<Engine>;
  shelf: StudentShelf;
  sentenceModel(): Promise<SentenceModel>;
  /** Keeps bytes outside memory until the next call, for the page to hand to the person. */
  keepBlob(pieces: AsyncIterable<Uint8Array>): Promise<Blob>;
  /** Runs `work` unless another tab does something under this name; tells whether it ran. */
  exclusively(name: string, work: () => Promise<void>): Promise<boolean>;
  post(event: Event): void;
  /** How long nothing must have used the device before kernels are timed on it; absent: only when asked. */
  restMs?: number;
}

interface Waiting {
  projectId: string;
  /** Absent: only discard what was begun. */
  to?: Stage;
  retryFailed?: boolean;
  stop: AbortController;
  discard: boolean;
}

export class Host {
  private readonly jobs: Waiting[] = [];
  /** Keys of teachers by address, in memory only. */
  private readonly keys = new Map<string, string>();
  private readonly stops = new Map<string, AbortController>();
  private engineOpened?: Promise<Engine>;
  private readonly tuner: IdleTuner;
  private sentenceModel?: Promise<SentenceModel>;

  constructor(private readonly around: Surroundings) {
    this.tuner = new IdleTuner(around.store, around.restMs);
  }

  take(command: Command): void {
    switch (command.type) {
      case 'open':
      case 'door':
        return;
      case 'hubToken':
        this.around.shelf.token = command.token;
        return;
      case 'stopStudent':
        return this.around.shelf.stop(command.name);
      case 'key':
        return void (command.key ? this.keys.set(command.baseUrl, command.key) : this.keys.delete(command.baseUrl));
      case 'advance':
        return this.enqueue({ ...command, stop: new AbortController(), discard: false });
      case 'pause':
        return this.stop(command.projectId, false);
      case 'cancel':
        return this.stop(command.projectId, true);
      case 'describeAdapter':
        return void this.describeAdapter(command.requestId);
      case 'selftest':
        return void this.tuner.whileUsed(() => this.selftest(command.requestId));
      case 'profileStep':
        return void this.tuner.whileUsed(() => this.profileStep(command));
      case 'tune':
        return void this.tune(command);
      case 'forgetKernels':
        return void this.forgetKernels(command.requestId);
      case 'align':
        return void this.tuner.whileUsed(() => this.align(command.requestId, command.projectId));
      case 'preview':
        return void this.preview(command);
      case 'estimate':
        // It lowers what would be trained, which is worth tuning for.
        return void this.tuner.whileUsed(() => this.estimate(command.requestId, command.project));
      case 'openStudent':
        return void this.openStudent(command.requestId, async () => command.student);
      case 'keepStudent':
        return void this.openStudent(command.requestId, () => this.keepStudent(command));
      case 'forgetStudent':
        return void this.forgetStudent(command.requestId, command.student);
      case 'answer':
        return void this.tuner.whileUsed(() => this.answer(command));
      case 'export':
        return void this.export(command);
      case 'stop':
        return this.stops.get(command.requestId)?.abort();
    }
  }

  private enqueue(job: Waiting): void {
    this.jobs.push(job);
    if (this.jobs.length === 1) void this.tuner.whileUsed(() => this.work());
  }

  private stop(projectId: string, discard: boolean): void {
    const mine = this.jobs.filter((job) => job.projectId === projectId);
    for (const job of mine) {
      job.discard ||= discard;
      job.stop.abort();
    }
    if (mine.length === 0 && discard) this.enqueue({ projectId, stop: new AbortController(), discard });
  }

  private async work(): Promise<void> {
    while (this.jobs.length > 0) {
      const { projectId } = this.jobs[0];
      try {
        await this.alone(this.jobs[0]);
      } catch (thrown) {
        this.around.post({ type: 'failed', projectId, error: errorRecord(thrown) });
      }
      this.jobs.shift();
    }
  }

  private async alone(job: Waiting): Promise<void> {
    const free = await this.around.exclusively(`stat-studio:${job.projectId}`, () => this.workOn(job));
    if (free) return;
    throw new StudioError('studio-other-tab', 'Another tab is working on this project.', {
      kept: 'Its results appear here as they are stored.',
      remedy: 'Go on there, or close it and start again here.',
    });
  }

  private async workOn(job: Waiting): Promise<void> {
    const { store, post } = this.around;
    const project = await this.project(job.projectId);
    try {
      if (job.to) await this.advance(project, job.to, job);
    } catch (thrown) {
      if (!job.stop.signal.aborted) throw thrown;
    }
    if (job.discard) await discardUnfinished(store, project);
    if (job.stop.signal.aborted || !job.to) post({ type: 'paused', projectId: project.id });
  }

  private advance(project: Project, to: Stage, { stop, retryFailed }: Waiting): Promise<void> {
    const { store, post } = this.around;
    return advance(project, to, {
      store, signal: stop.signal, retryFailed, onEvent: post, loadStudent: this.loadStudent,
      openEngine: () => this.engine(),
      sentenceModel: () => this.sentences(),
      teacher: () => projectTeacher(project, {
        store, signal: stop.signal,
        keyFor: (baseUrl) => this.keys.get(baseUrl),
        onLoad: (share, what) => post({ type: 'teacherLoading', projectId: project.id, share, what }),
      }),
    });
  }

  private readonly loadStudent = (name: string) => this.around.shelf.load(name);

  private async openStudent(requestId: string, named: () => Promise<string>): Promise<void> {
    try {
      const student = await named();
      this.around.post({ type: 'studentOpened', requestId, student, facts: await this.around.shelf.facts(student) });
    } catch (thrown) {
      this.around.post({ type: 'studentOpened', requestId, error: errorRecord(thrown) });
    }
  }

  private keepStudent({ title, files, on }: Extract<Command, { type: 'keepStudent' }>): Promise<string> {
    return this.around.shelf.keep(title, new Map(files.map(({ name, file }) => [name, blobSource(file)])), on);
  }

  private async forgetStudent(requestId: string, student: string): Promise<void> {
    try {
      await this.around.shelf.forget(student);
      this.around.post({ type: 'studentForgotten', requestId });
    } catch (thrown) {
      this.around.post({ type: 'studentForgotten', requestId, error: errorRecord(thrown) });
    }
  }

  /** Once for all jobs: it is 28 MB. */
  private sentences(): Promise<SentenceModel> {
    const opened = (this.sentenceModel ??= this.around.sentenceModel());
    opened.catch(() => (this.sentenceModel = undefined));
    return opened;
  }

  private engine(): Promise<Engine> {
    if (this.engineOpened) return this.engineOpened;
    const opened = this.around.openEngine().then(async (engine) => {
      await this.tuner.open(engine);
      return engine;
    });
    const forget = () => {
      if (this.engineOpened === opened) this.engineOpened = undefined;
    };
    opened.then((engine) => engine.lost.then(forget), forget);
    return (this.engineOpened = opened);
  }

  private async project(id: string): Promise<Project> {
    const project = await this.around.store.get('projects', id);
    if (project) return project;
    throw new StudioError('studio-no-project', 'This project is not stored any more.', { remedy: 'Choose another, or make a new one.' });
  }

  private async describeAdapter(requestId: string): Promise<void> {
    try {
      const engine = await this.engine();
      this.around.post({ type: 'adapterDescribed', requestId, adapter: engine.report, kernelsKey: IdleTuner.keyOf(engine) });
      this.tuner.rest();
    } catch (thrown) {
      this.around.post({ type: 'adapterDescribed', requestId, error: errorRecord(thrown) });
    }
  }

  private async selftest(requestId: string): Promise<void> {
    try {
      this.around.post({ type: 'selftestFinished', requestId, rows: await selftest(await this.engine()) });
    } catch (thrown) {
      this.around.post({ type: 'selftestFinished', requestId, rows: [], error: errorRecord(thrown) });
    }
  }

  private async profileStep({ requestId, student, tokens }: Extract<Command, { type: 'profileStep' }>): Promise<void> {
    try {
      if (this.jobs.length > 0) {
        throw new StudioError('profile-busy', 'Something is running in this tab, and would be measured too.', { remedy: 'Wait until it is done, or pause it.' });
      }
      const profile = await speedProfile(await this.engine(), await this.loadStudent(student), tokens);
      this.around.post({ type: 'stepProfiled', requestId, profile });
    } catch (thrown) {
      this.around.post({ type: 'stepProfiled', requestId, error: errorRecord(thrown) });
    }
  }

  private async tune({ requestId, student, tokens, rounding }: Extract<Command, { type: 'tune' }>): Promise<void> {
    const { post } = this.around;
    await this.stoppable(requestId, async (signal) => {
      const { config } = await this.loadStudent(student);
      const matrices = paramShapes(config).map(([, shape]) => shape).filter(({ length }) => length === 2);
      await this.tuner.again(await this.engine(), linearProducts(matrices, tokens, ANSWERS), { budgetMs: TUNE_BUDGET_MS, rounding, signal });
      post({ type: 'tuned', requestId });
    }, (error) => post({ type: 'tuned', requestId, error }));
  }

  private async forgetKernels(requestId: string): Promise<void> {
    try {
      await this.tuner.forget(await this.engine());
      this.around.post({ type: 'kernelsForgotten', requestId });
    } catch (thrown) {
      this.around.post({ type: 'kernelsForgotten', requestId, error: errorRecord(thrown) });
    }
  }

  private async align(requestId: string, projectId: string): Promise<void> {
    const { store, post } = this.around;
    try {
      const project = await this.project(projectId);
      await keepAlignment(project, await this.engine(), store, this.loadStudent);
      post({ type: 'aligned', requestId });
    } catch (thrown) {
      post({ type: 'aligned', requestId, error: errorRecord(thrown) });
    }
  }

  private async preview({ requestId, student, question, answer }: Extract<Command, { type: 'preview' }>): Promise<void> {
    try {
      const preview = previewExample(await this.loadStudent(student), question, answer);
      this.around.post({ type: 'previewed', requestId, preview });
    } catch (thrown) {
      this.around.post({ type: 'previewed', requestId, error: errorRecord(thrown) });
    }
  }

  private async estimate(requestId: string, project?: Project): Promise<void> {
    const { store, post } = this.around;
    try {
      const engine = await this.engine();
      if (project) post({ type: 'estimated', requestId, fit: await projectFit(engine, { project, store, loadStudent: this.loadStudent }) });
      else post({ type: 'estimated', requestId, known: await knownFits(engine) });
    } catch (thrown) {
      post({ type: 'estimated', requestId, error: errorRecord(thrown) });
    }
  }

  private async answer({ requestId, projectId, runs, asked }: Extract<Command, { type: 'answer' }>): Promise<void> {
    const { store, post } = this.around;
    await this.stoppable(requestId, async (signal) => {
      const onText = (run: string, text: string) => post({ type: 'answering', requestId, run, text });
      const students = { project: await this.project(projectId), store, loadStudent: this.loadStudent };
      post({ type: 'answered', requestId, texts: await answerSideBySide(await this.engine(), students, runs, asked, onText, signal) });
    }, (error) => post({ type: 'answered', requestId, texts: [], error }));
  }

  private async export({ requestId, projectId, run, kind, format, folder }: Extract<Command, { type: 'export' }>): Promise<void> {
    const { store, post, keepBlob } = this.around;
    await this.stoppable(requestId, async (signal) => {
      const written = new Map<string, number>();
      const watched = (file: string, pieces: Pieces) => counted(pieces, signal, (bytes) => {
        written.set(file, bytes);
        post({ type: 'exporting', requestId, file, bytes });
      });
      const students = { project: await this.project(projectId), store, loadStudent: this.loadStudent };
      const files = new Map([...await exportRun(students, run, kind, format)].map(([file, pieces]) => [file, watched(file, pieces)]));
      let zip: Blob | undefined;
      if (folder) for (const [file, pieces] of files) await writeInto(folder, file, pieces);
      else zip = await keepBlob(zipPieces(files));
      post({ type: 'exported', requestId, files: [...written].map(([name, bytes]) => ({ name, bytes })), zip });
    }, (error) => post({ type: 'exported', requestId, files: [], error }));
  }

  private async stoppable(requestId: string, work: (signal: AbortSignal) => Promise<void>, failed: (error: ErrorRecord) => void): Promise<void> {
    const stop = new AbortController();
    this.stops.set(requestId, stop);
    try {
      await work(stop.signal);
    } catch (thrown) {
      failed(errorRecord(thrown));
    } finally {
      this.stops.delete(requestId);
    }
  }
}

async function* counted(pieces: Pieces, signal: AbortSignal, onBytes: (bytes: number) => void): Pieces {
  let bytes = 0;
  for await (const piece of pieces) {
    // A turn of the loop, in which the word to stop is heard.
    await wait(0);
    signal.throwIfAborted();
    yield piece;
    onBytes((bytes += piece.length));
  }
}
