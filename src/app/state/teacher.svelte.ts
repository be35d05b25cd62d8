/** The teacher a person set up for this browser, its key in memory, and the network door. One for the whole page. */
import { createContext } from 'svelte';
import { type ErrorRecord, errorRecord } from '../../core/errors';
import { type Door, setDoor } from '../../core/networkDoor';
import { openText, sealText, type SealedText } from '../../store/secrets';
import type { SettingRow, StudioStore } from '../../store/types';
import { beginSignIn, finishSignIn } from '../../teacher/openRouterSignIn';
import { type PageView, type ConnectionReport, testConnection } from '../../teacher/connection';
import { planFor, type TeacherPlan } from '../../teacher/plan';
import { presetOf } from '../../teacher/presets';
import type { StudioClient } from '../../worker/client';

const VERIFIER = 'openrouter-verifier';

export class TeacherState {
  plan = $state.raw<TeacherPlan>(planFor('ollama'));
  door = $state<Door>('open');
  /** Of this visit; the page's memory and the worker's are the only places it is in. */
  key = $state('');
  /** A key for the address that lies sealed in this browser. */
  sealed = $state.raw<SealedText>();
  report = $state.raw<ConnectionReport>();
  testing = $state(false);
  /** What is being fetched for a model in this tab. */
  fetching = $state('');
  private stop = new AbortController();
  error = $state.raw<ErrorRecord>();
  private readonly keys = new Map<string, string>();

  constructor(private readonly store: StudioStore, private readonly client: StudioClient) {
    void this.#guarded(() => this.#load());
  }

  async #load(): Promise<void> {
    const rows = await this.store.all('settings');
    for (const row of rows) {
      if (row.key === 'teacher' && 'plan' in row) this.plan = row.plan;
      if (row.key === 'door' && 'door' in row) this.#applyDoor(row.door);
    }
    await this.#readSealed();
    await this.#comeBack();
  }

  /** Leaves for OpenRouter, to come back with a code that stands for a key. */
  signIn(): Promise<boolean> {
    return this.#guarded(async () => {
      const { url, verifier } = await beginSignIn(new URL('./', document.baseURI).href);
      sessionStorage.setItem(VERIFIER, verifier);
      location.assign(url);
    });
  }

  /** The code leaves the address and the verifier its keep before either is used. */
  async #comeBack(): Promise<void> {
    const verifier = sessionStorage.getItem(VERIFIER);
    const code = new URLSearchParams(location.search).get('code');
    sessionStorage.removeItem(VERIFIER);
    if (!verifier || !code) return;
    history.replaceState(null, '', `${location.pathname}#/teacher`);
    dispatchEvent(new HashChangeEvent('hashchange'));
    if (this.plan.choice.preset !== 'openrouter') this.choosePreset('openrouter');
    this.setKey(await finishSignIn(code, verifier, new AbortController().signal));
  }

  /** The plan with what changed; a new address or kind of teacher takes up the key it was given before, if any. */
  change(changes: Partial<TeacherPlan>): void {
    const moved = changes.choice !== undefined && changes.choice.baseUrl !== this.plan.choice.baseUrl;
    this.plan = { ...this.plan, ...changes };
    if (changes.choice) this.report = undefined;
    if (moved) [this.key, this.sealed] = [this.keys.get(this.plan.choice.baseUrl) ?? '', undefined];
    void this.#guarded(async () => {
      await this.#put({ key: 'teacher', plan: this.plan });
      if (moved) await this.#readSealed();
    });
  }

  choosePreset(id: string): void {
    this.change({ choice: { preset: id, baseUrl: presetOf(id).baseUrl, model: '' } });
  }

  setKey(key: string): void {
    const { baseUrl } = this.plan.choice;
    this.key = key.trim();
    this.report = undefined;
    if (this.key) this.keys.set(baseUrl, this.key);
    else this.keys.delete(baseUrl);
    this.client.send({ type: 'key', baseUrl, key: this.key || undefined });
  }

  keepKey(passphrase: string): Promise<boolean> {
    return this.#guarded(async () => {
      const { baseUrl } = this.plan.choice;
      await this.#put({ key: `key/${baseUrl}`, sealed: await sealText(this.key, passphrase, baseUrl) });
      await this.#readSealed();
    });
  }

  openKey(passphrase: string): Promise<boolean> {
    return this.#guarded(async () => {
      if (this.sealed) this.setKey(await openText(this.sealed, passphrase, this.plan.choice.baseUrl));
    });
  }

  /** The key leaves memory and the store. */
  forgetKey(): Promise<boolean> {
    return this.#guarded(async () => {
      await this.store.remove('settings', [`key/${this.plan.choice.baseUrl}`]);
      this.setKey('');
      await this.#readSealed();
    });
  }

  chooseDoor(door: Door): Promise<boolean> {
    return this.#guarded(async () => {
      this.#applyDoor(door);
      await this.#put({ key: 'door', door });
    });
  }

  async test(): Promise<void> {
    this.testing = true;
    this.report = undefined;
    this.stop = new AbortController();
    const view = { ...page, onLoad: (share: number, what: string) => (this.fetching = `${Math.round(100 * share)} % · ${what}`) };
    await this.#guarded(async () => {
      const report = await testConnection(this.plan.choice, this.key || undefined, this.stop.signal, view).catch((thrown: unknown) => {
        if (this.stop.signal.aborted) return undefined;
        throw thrown;
      });
      if (!report) return;
      this.report = report;
      // A server with a single model leaves no choice.
      if (this.plan.choice.model === '' && report.models.length === 1) {
        this.change({ choice: { ...this.plan.choice, model: report.models[0] } });
        this.report = { ...report, failure: undefined };
      }
    });
    this.testing = false;
    this.fetching = '';
  }

  stopTest(): void {
    this.stop.abort();
  }

  #applyDoor(door: Door): void {
    this.door = door;
    setDoor(door, document.baseURI);
    this.client.send({ type: 'door', door });
  }

  async #readSealed(): Promise<void> {
    const row = await this.store.get('settings', `key/${this.plan.choice.baseUrl}`);
    this.sealed = row && 'sealed' in row ? row.sealed : undefined;
  }

  /** Plain data: what is reactive cannot be stored. */
  #put(row: SettingRow): Promise<void> {
    return this.store.put('settings', [$state.snapshot(row) as SettingRow]);
  }

  async #guarded(work: () => Promise<void>): Promise<boolean> {
    try {
      await work();
      this.error = undefined;
      return true;
    } catch (thrown) {
      this.error = errorRecord(thrown);
      return false;
    }
  }
}

const page: PageView = {
  origin: location.origin,
  async localNetwork() {
    try {
      // Not in every browser, nor in TypeScript's list.
      return (await navigator.permissions.query({ name: 'local-network-access' as PermissionName })).state;
    } catch {
      return undefined;
    }
  },
};

export const [getTeacher, setTeacher] = createContext<TeacherState>();
