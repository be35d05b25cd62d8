/** The page's side of the worker: commands out, events in, and a new worker when one dies. */
import type { ErrorRecord } from '../core/errors';
import type { Project } from '../store/types';
import type { Asked } from '../train/types';
import type { Command, Event, Stage } from './protocol';

/** Events that end a request; those that only tell how far it is do not. */
type Reply = Exclude<Extract<Event, { requestId: string }>, { type: 'answering' | 'exporting' }>;
type Request = Exclude<Extract<Command, { requestId: string }>, { type: 'stop' }>;

const DIED: ErrorRecord = {
  code: 'worker-died',
  message: 'The worker that trains and answers stopped unexpectedly.',
  kept: 'Everything up to the last checkpoint is kept.',
  remedy: 'Start again: it goes on from there.',
};

export class StudioClient {
  private worker?: Worker;
  private readonly listeners = new Set<(event: Event) => void>();
  private readonly requests = new Map<string, Request>();
  /** Projects at work, and the stage they go to. */
  private readonly working = new Map<string, Stage>();
  /** What every worker must know, a new one too. */
  private readonly standing = new Map<string, Command>();

  /** @param create makes a worker; the default is the studio's own. */
  constructor(private readonly create: () => Worker = studioWorker, private readonly baseUrl = globalThis.document?.baseURI ?? '') {}

  send(command: Command): void {
    if ('requestId' in command && command.type !== 'stop') this.requests.set(command.requestId, command);
    if (command.type === 'advance') this.working.set(command.projectId, command.to);
    if (command.type === 'door') this.standing.set('door', command);
    if (command.type === 'hubToken') this.standing.set('hubToken', command);
    if (command.type === 'key') this.standing.set(`key/${command.baseUrl}`, command);
    const standing = command.type === 'door' || command.type === 'key' || command.type === 'hubToken';
    // A worker that is started for it hears it with everything else it must know.
    if (standing && !this.worker) return;
    this.running().postMessage(command);
  }

  /** Hears every event until the returned function is called. */
  on(listener: (event: Event) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  describeAdapter(): Promise<Extract<Reply, { type: 'adapterDescribed' }>> {
    return this.ask({ type: 'describeAdapter', requestId: crypto.randomUUID() }, 'adapterDescribed');
  }

  selftest(): Promise<Extract<Reply, { type: 'selftestFinished' }>> {
    return this.ask({ type: 'selftest', requestId: crypto.randomUUID() }, 'selftestFinished');
  }

  /** Measures where the time and the memory of a training step go; `student` as a project names it. */
  profileStep(student: string, tokens: number): Promise<Extract<Reply, { type: 'stepProfiled' }>> {
    return this.ask({ type: 'profileStep', requestId: crypto.randomUUID(), student, tokens }, 'stepProfiled');
  }

  /** Times the kernels of products for this adapter; what is found lies in the store. @param signal ends it with that. */
  tune(student: string, tokens: number, rounding: boolean, signal: AbortSignal): Promise<Extract<Reply, { type: 'tuned' }>> {
    return this.stoppable({ type: 'tune', requestId: crypto.randomUUID(), student, tokens, rounding }, 'tuned', () => {}, signal);
  }

  forgetKernels(): Promise<Extract<Reply, { type: 'kernelsForgotten' }>> {
    return this.ask({ type: 'forgetKernels', requestId: crypto.randomUUID() }, 'kernelsForgotten');
  }

  /** Measures how practice of one skill should help another; the result is kept with the project. */
  align(projectId: string): Promise<Extract<Reply, { type: 'aligned' }>> {
    return this.ask({ type: 'align', requestId: crypto.randomUUID(), projectId }, 'aligned');
  }

  /** What training this project would take of the device; without one, what each known model would. */
  estimate(project?: Project): Promise<Extract<Reply, { type: 'estimated' }>> {
    return this.ask({ type: 'estimate', requestId: crypto.randomUUID(), project }, 'estimated');
  }

  /** One row as a student sees it; `student` as a project names it. */
  preview(student: string, question: string, answer: string): Promise<Extract<Reply, { type: 'previewed' }>> {
    return this.ask({ type: 'preview', requestId: crypto.randomUUID(), student, question, answer }, 'previewed');
  }

  /** What a student is; one of a repository is fetched first. */
  openStudent(student: string): Promise<Extract<Reply, { type: 'studentOpened' }>> {
    return this.ask({ type: 'openStudent', requestId: crypto.randomUUID(), student }, 'studentOpened');
  }

  /** Checks files a person brought and keeps a copy of them; with `on`, as an adapter for that student. */
  keepStudent(title: string, files: readonly { name: string; file: Blob }[], on?: string): Promise<Extract<Reply, { type: 'studentOpened' }>> {
    return this.ask({ type: 'keepStudent', requestId: crypto.randomUUID(), title, files, on }, 'studentOpened');
  }

  /** Removes a student's files from this browser. */
  forgetStudent(student: string): Promise<Extract<Reply, { type: 'studentForgotten' }>> {
    return this.ask({ type: 'forgetStudent', requestId: crypto.randomUUID(), student }, 'studentForgotten');
  }

  /**
   * One answer of each run to a text typed by hand; `runs` are run ids or `base`.
   * @param onText is told what a run has written so far; @param signal stops the answers.
   */
  answer(
    projectId: string, runs: readonly string[], asked: Asked, onText: (run: string, text: string) => void, signal: AbortSignal,
  ): Promise<Extract<Reply, { type: 'answered' }>> {
    const requestId = crypto.randomUUID();
    const told = (event: Event) => event.type === 'answering' && event.requestId === requestId && onText(event.run, event.text);
    return this.stoppable({ type: 'answer', requestId, projectId, runs, asked }, 'answered', told, signal);
  }

  /** What a run made, as files in `folder`, else as one zip. @param onBytes is told the bytes of the file at work. */
  export(
    wanted: Pick<Extract<Command, { type: 'export' }>, 'projectId' | 'run' | 'kind' | 'format' | 'folder'>, onBytes: (file: string, bytes: number) => void,
    signal: AbortSignal,
  ): Promise<Extract<Reply, { type: 'exported' }>> {
    const requestId = crypto.randomUUID();
    const told = (event: Event) => event.type === 'exporting' && event.requestId === requestId && onBytes(event.file, event.bytes);
    return this.stoppable({ type: 'export', requestId, ...wanted }, 'exported', told, signal);
  }

  /** Ends the worker. What is in flight is lost, what is stored stays; the next command starts a new one. */
  close(): void {
    this.worker?.terminate();
    this.worker = undefined;
  }

  private async stoppable<T extends Reply['type']>(
    request: Request, type: T, told: (event: Event) => void, signal: AbortSignal,
  ): Promise<Extract<Reply, { type: T }>> {
    const off = this.on(told);
    const stop = () => this.send({ type: 'stop', requestId: request.requestId });
    signal.addEventListener('abort', stop);
    try {
      return await this.ask(request, type);
    } finally {
      signal.removeEventListener('abort', stop);
      off();
    }
  }

  private ask<T extends Reply['type']>(request: Request, type: T): Promise<Extract<Reply, { type: T }>> {
    return new Promise((resolve) => {
      const stop = this.on((event) => {
        if (event.type !== type || event.requestId !== request.requestId) return;
        stop();
        resolve(event as Extract<Reply, { type: T }>);
      });
      this.send(request);
    });
  }

  private running(): Worker {
    if (this.worker) return this.worker;
    const worker = this.create();
    this.worker = worker;
    worker.addEventListener('message', ({ data }: MessageEvent<Event>) => this.hear(data));
    worker.addEventListener('error', (event) => this.bury(worker, event.message));
    worker.addEventListener('messageerror', () => this.bury(worker, 'a message could not be read'));
    worker.postMessage({ type: 'open', baseUrl: this.baseUrl } satisfies Command);
    for (const command of this.standing.values()) worker.postMessage(command);
    return worker;
  }

  private hear(event: Event): void {
    if ('requestId' in event && event.type !== 'answering' && event.type !== 'exporting') this.requests.delete(event.requestId);
    const ended = event.type === 'paused' || event.type === 'failed'
      || (event.type === 'advanced' && this.working.get(event.projectId) === event.stage);
    if (ended) this.working.delete(event.projectId);
    for (const listener of [...this.listeners]) listener(event);
  }

  /** Answers for the dead worker whatever was asked of it, so that nobody waits for ever. */
  private bury(worker: Worker, why: string): void {
    if (this.worker !== worker) return;
    this.close();
    const error = why ? { ...DIED, where: why } : DIED;
    for (const projectId of [...this.working.keys()]) this.hear({ type: 'failed', projectId, error });
    for (const request of [...this.requests.values()]) this.hear(failedReply(request, error));
  }
}

function failedReply({ type, requestId }: Request, error: ErrorRecord): Reply {
  switch (type) {
    case 'describeAdapter':
      return { type: 'adapterDescribed', requestId, error };
    case 'selftest':
      return { type: 'selftestFinished', requestId, rows: [], error };
    case 'profileStep':
      return { type: 'stepProfiled', requestId, error };
    case 'tune':
      return { type: 'tuned', requestId, error };
    case 'forgetKernels':
      return { type: 'kernelsForgotten', requestId, error };
    case 'align':
      return { type: 'aligned', requestId, error };
    case 'preview':
      return { type: 'previewed', requestId, error };
    case 'estimate':
      return { type: 'estimated', requestId, error };
    case 'openStudent':
    case 'keepStudent':
      return { type: 'studentOpened', requestId, error };
    case 'forgetStudent':
      return { type: 'studentForgotten', requestId, error };
    case 'answer':
      return { type: 'answered', requestId, texts: [], error };
    case 'export':
      return { type: 'exported', requestId, files: [], error };
  }
}

function studioWorker(): Worker {
  return new Worker(new URL('./studio.worker.ts', import.meta.url), { type: 'module' });
}
