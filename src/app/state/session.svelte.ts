/** The open studio: its store, its worker, the adapter, and the job of each project. One for the whole page. */
import { createContext } from 'svelte';
import type { ErrorRecord } from '../../core/errors';
import type { Project, StudioStore } from '../../store/types';
import type { StudioClient } from '../../worker/client';
import type { StepMetrics } from '../../train/types';
import type { AdapterReport } from '../../gpu/device';
import type { Event, Stage } from '../../worker/protocol';
import { withStep } from '../domain/metrics';
import { isBusy, jobAfter, startedJob, type Job } from './jobs';
import { Live } from './live.svelte';

export class Session {
  readonly projects: Live<Project[]>;
  adapter = $state.raw<AdapterReport>();
  /** The setting that holds the adapter's choice of kernels; absent where there is none to make. */
  kernelsKey = $state.raw<string>();
  adapterError = $state.raw<ErrorRecord>();
  /** Jobs by project id: those of this visit. */
  jobs = $state.raw<Record<string, Job>>({});
  /** Training steps told by the worker in this visit, by run id: the store gets them only every few seconds. */
  told = $state.raw<Record<string, StepMetrics[]>>({});
  readonly busy = $derived(Object.values(this.jobs).some(isBusy));

  constructor(
    readonly store: StudioStore,
    readonly client: StudioClient,
  ) {
    this.projects = new Live(() => async () => (await store.all('projects')).sort((a, b) => b.createdAt - a.createdAt));
    $effect(() => client.on((event) => this.#take(event)));
    $effect(() => {
      const guard = (event: BeforeUnloadEvent) => event.preventDefault();
      if (!this.busy) return;
      addEventListener('beforeunload', guard);
      return () => removeEventListener('beforeunload', guard);
    });
  }

  /** Asks the worker which adapter there is. Call it once something is on the screen. */
  async describeAdapter(): Promise<void> {
    const { adapter, kernelsKey, error } = await this.client.describeAdapter();
    this.adapter = adapter;
    this.kernelsKey = kernelsKey;
    this.adapterError = error;
  }

  /** Starts or goes on with the work of a project up to a stage. `retryFailed`: rows the teacher gave nothing usable for are asked about again. */
  advance(projectId: string, to: Stage, retryFailed = false): void {
    this.#setJob(startedJob(projectId, to));
    this.client.send({ type: 'advance', projectId, to, retryFailed });
  }

  pause(projectId: string): void {
    const job = this.jobs[projectId];
    if (job && isBusy(job)) this.#setJob({ ...job, state: 'pausing' });
    this.client.send({ type: 'pause', projectId });
  }

  /** Stops and throws away the run that is not finished; what is finished stays. */
  cancel(projectId: string): void {
    const job = this.jobs[projectId];
    if (job) this.#setJob({ ...job, state: 'cancelling' });
    this.client.send({ type: 'cancel', projectId });
  }

  /** Cancels, and resolves once the worker writes nothing more for the project. */
  async stopped(projectId: string): Promise<void> {
    if (!isBusy(this.jobs[projectId])) return;
    await new Promise<void>((resolve) => {
      const off = this.client.on((event) => {
        const ended = event.type === 'paused' || event.type === 'failed' || event.type === 'advanced';
        if (!ended || event.projectId !== projectId || isBusy(this.jobs[projectId])) return;
        off();
        resolve();
      });
      this.cancel(projectId);
    });
  }

  #take(event: Event): void {
    if (!('projectId' in event)) return;
    if (event.type === 'stepFinished') {
      this.told = { ...this.told, [event.runId]: withStep(this.told[event.runId] ?? [], event.metrics) };
    }
    if (event.type === 'paused' && this.jobs[event.projectId]?.state === 'cancelling') {
      const mine = `${event.projectId}/`;
      this.told = Object.fromEntries(Object.entries(this.told).filter(([runId]) => !runId.startsWith(mine)));
    }
    const job = jobAfter(this.jobs[event.projectId], event);
    if (job) this.#setJob(job);
  }

  #setJob(job: Job): void {
    this.jobs = { ...this.jobs, [job.projectId]: job };
  }
}

export const [getSession, setSession] = createContext<Session>();
