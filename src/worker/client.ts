/** The page's side of the worker: commands out, events in, and a new worker when one dies. */
import type { ErrorRecord } from '../core/errors';
import type { Command, Event, Stage } from './protocol';

type Reply = Extract<Event, { requestId: string }>;
type Request = Extract<Command, { requestId: string }>;

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
    if ('requestId' in command) this.requests.set(command.requestId, command);
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

  /** Measures how practice of one skill should help another; the result is kept with the project. */
  align(projectId: string): Promise<Extract<Reply, { type: 'aligned' }>> {
    return this.ask({ type: 'align', requestId: crypto.randomUUID(), projectId }, 'aligned');
  }

  /** One row as a student sees it; `student` as a project names it. */
  preview(student: string, question: string, answer: string): Promise<Extract<Reply, { type: 'previewed' }>> {
    return this.ask({ type: 'preview', requestId: crypto.randomUUID(), student, question, answer }, 'previewed');
  }

  /** One answer to a question typed by hand; `run` is a run id or `base`. */
  answer(projectId: string, run: string, question: string): Promise<Extract<Reply, { type: 'answered' }>> {
    return this.ask({ type: 'answer', requestId: crypto.randomUUID(), projectId, run, question }, 'answered');
  }

  /** Ends the worker. What is in flight is lost, what is stored stays; the next command starts a new one. */
  close(): void {
    this.worker?.terminate();
    this.worker = undefined;
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
    if ('requestId' in event) this.requests.delete(event.requestId);
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
    case 'align':
      return { type: 'aligned', requestId, error };
    case 'preview':
      return { type: 'previewed', requestId, error };
    case 'answer':
      return { type: 'answered', requestId, text: '', error };
  }
}

function studioWorker(): Worker {
  return new Worker(new URL('./studio.worker.ts', import.meta.url), { type: 'module' });
}
