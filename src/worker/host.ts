/** What the worker does with each command: one job at a time, the others wait their turn. Knows no global of the worker. */
import { errorRecord, StudioError } from '../core/errors';
import type { Engine } from '../gpu/device';
import { selftest } from '../gpu/selftest';
import type { Student } from '../model/types';
import type { Project, StudioStore } from '../store/types';
import { keepAlignment } from '../studio/alignment';
import { discardUnfinished } from '../studio/discard';
import { oneAnswer } from '../studio/oneAnswer';
import { advance } from '../studio/pipeline';
import { previewExample } from '../studio/preview';
import { speedProfile } from '../studio/speedProfile';
import { projectTeacher } from '../studio/workingTeacher';
import type { Command, Event, Stage } from './protocol';

export interface Surroundings {
  store: StudioStore;
  openEngine(): Promise<Engine>;
  loadStudent(name: string): Promise<Student>;
  /** Runs `work` unless another tab does something under this name; tells whether it ran. */
  exclusively(name: string, work: () => Promise<void>): Promise<boolean>;
  post(event: Event): void;
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
  private engineOpened?: Promise<Engine>;

  constructor(private readonly around: Surroundings) {}

  take(command: Command): void {
    switch (command.type) {
      case 'open':
      case 'door':
      case 'hubToken':
        return;
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
        return void this.selftest(command.requestId);
      case 'profileStep':
        return void this.profileStep(command);
      case 'align':
        return void this.align(command.requestId, command.projectId);
      case 'preview':
        return void this.preview(command);
      case 'answer':
        return void this.answer(command);
    }
  }

  private enqueue(job: Waiting): void {
    this.jobs.push(job);
    if (this.jobs.length === 1) void this.work();
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
    const { store, loadStudent, post } = this.around;
    return advance(project, to, {
      store, signal: stop.signal, retryFailed, loadStudent, onEvent: post,
      openEngine: () => this.engine(),
      teacher: () => projectTeacher(project, {
        store, signal: stop.signal,
        keyFor: (baseUrl) => this.keys.get(baseUrl),
        onLoad: (share, what) => post({ type: 'teacherLoading', projectId: project.id, share, what }),
      }),
    });
  }

  private engine(): Promise<Engine> {
    if (this.engineOpened) return this.engineOpened;
    const opened = this.around.openEngine();
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
      const { report } = await this.engine();
      this.around.post({ type: 'adapterDescribed', requestId, adapter: report });
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
      const profile = await speedProfile(await this.engine(), await this.around.loadStudent(student), tokens);
      this.around.post({ type: 'stepProfiled', requestId, profile });
    } catch (thrown) {
      this.around.post({ type: 'stepProfiled', requestId, error: errorRecord(thrown) });
    }
  }

  private async align(requestId: string, projectId: string): Promise<void> {
    const { store, loadStudent, post } = this.around;
    try {
      const project = await this.project(projectId);
      await keepAlignment(project, await this.engine(), store, loadStudent);
      post({ type: 'aligned', requestId });
    } catch (thrown) {
      post({ type: 'aligned', requestId, error: errorRecord(thrown) });
    }
  }

  private async preview({ requestId, student, question, answer }: Extract<Command, { type: 'preview' }>): Promise<void> {
    try {
      const preview = previewExample(await this.around.loadStudent(student), question, answer);
      this.around.post({ type: 'previewed', requestId, preview });
    } catch (thrown) {
      this.around.post({ type: 'previewed', requestId, error: errorRecord(thrown) });
    }
  }

  private async answer({ requestId, projectId, run, question }: Extract<Command, { type: 'answer' }>): Promise<void> {
    const { store, loadStudent, post } = this.around;
    try {
      const text = await oneAnswer(await this.project(projectId), run, question, await this.engine(), store, loadStudent);
      post({ type: 'answered', requestId, text });
    } catch (thrown) {
      post({ type: 'answered', requestId, text: '', error: errorRecord(thrown) });
    }
  }
}
