/** The connection test: one small request, and for whatever goes wrong its name and what to do about it. */
import { type ErrorRecord, errorRecord } from '../core/errors';
import { elapsed } from '../core/clock';
import { isLoopback, mayReach, reach } from '../core/networkDoor';
import type { ChatProvider } from './chat';
import { TeacherFailure } from './failure';
import type { OnLoad } from './providers/tab';
import { letInSettings, presetOf, providerOf, type TeacherChoice } from './presets';
import { addressOf } from './providers/endpoint';

export interface ConnectionReport {
  /** Absent where it failed. */
  answered?: { model: string; seconds: number; text: string; inputTokens: number; outputTokens: number };
  /** What the server lists; empty where it lists nothing. */
  models: string[];
  failure?: ErrorRecord;
  /** The exact settings that mend it, where they are known. */
  settings: string[];
}

/** What the page can tell that a server cannot. Absent in Node, which asks no permission and knows no CORS. */
export interface PageView {
  origin: string;
  /** The browser's word on reaching servers of this machine and its network. */
  localNetwork(): Promise<PermissionState | undefined>;
  /** Hears a model of this tab being fetched. */
  onLoad?: OnLoad;
}

const testMs = 20_000;
const prompt = 'Reply with the single word: ready';

/** Asks for the models, then for one word. Never throws, save when aborted. */
export async function testConnection(choice: TeacherChoice, key: string | undefined, signal: AbortSignal, page?: PageView): Promise<ConnectionReport> {
  let models: string[] = [];
  const mixed = mixedContent(choice, page);
  if (mixed) return { models, failure: errorRecord(mixed), settings: [] };
  try {
    const provider = providerOf(choice, { key, timeoutMs: testMs, onLoad: page?.onLoad });
    models = await listed(provider, signal);
    if (models.length > 0 && choice.model === '') throw new TeacherFailure('teacher-unknown-model', { where: 'none is chosen yet' });
    await provider.ready?.(signal);
    const startedAt = elapsed();
    // Room to think: some models write a while before their word.
    const { text, model, inputTokens, outputTokens } = await provider.chat(
      { messages: [{ role: 'user', content: prompt }], maxTokens: 256, temperature: 0 }, { signal });
    const seconds = (elapsed() - startedAt) / 1000;
    return { models, settings: [], answered: { model, seconds, text: text.slice(0, 200), inputTokens, outputTokens } };
  } catch (thrown) {
    signal.throwIfAborted();
    const failure = await told(thrown, choice, signal, page);
    const settings = failure.code === 'teacher-cors' && page ? letInSettings(choice, page.origin) : [];
    return { models, failure: errorRecord(failure), settings };
  }
}

/** Some servers list no models, or only to those who pay; the request that follows says what is wrong. */
async function listed(provider: ChatProvider, signal: AbortSignal): Promise<string[]> {
  try {
    return (await provider.models?.(signal)) ?? [];
  } catch (thrown) {
    const known = thrown instanceof TeacherFailure && ['teacher-off', 'teacher-bad-key', 'teacher-timeout', 'teacher-door-shut'].includes(thrown.code);
    if (known || signal.aborted) throw thrown;
    return [];
  }
}

/** A browser hides why a request failed. What it does not hide: whether an unreadable request arrives, and its own permission. */
async function told(thrown: unknown, choice: TeacherChoice, signal: AbortSignal, page?: PageView): Promise<TeacherFailure> {
  if (!(thrown instanceof TeacherFailure)) return new TeacherFailure('teacher-server', { where: errorRecord(thrown).message.slice(0, 200), cause: thrown });
  if (thrown.code !== 'teacher-off' || !page || presetOf(choice.preset).protocol === 'tab') return thrown;
  const { hostname, href } = addressOf({ ...choice, model: '' });
  if (await arrives(href, signal)) {
    return new TeacherFailure('teacher-cors', {
      remedy: `Let it accept requests from ${page.origin}. If it should do so already, check the key: some servers answer a wrong key in a way no page may read.`,
    });
  }
  const near = isLoopback(hostname) || isPrivate(hostname);
  const permission = near ? await page.localNetwork() : undefined;
  if (permission === 'denied') return new TeacherFailure('teacher-local-network');
  if (permission === 'prompt') {
    return new TeacherFailure('teacher-off', { remedy: 'Start it, or check the address. If the browser asks whether this page may reach your local network, allow it.' });
  }
  return thrown;
}

async function arrives(url: string, signal: AbortSignal): Promise<boolean> {
  if (!mayReach(url)) return false;
  try {
    await reach(url, { mode: 'no-cors', credentials: 'omit', referrerPolicy: 'no-referrer', signal: AbortSignal.any([signal, AbortSignal.timeout(testMs)]) });
    return true;
  } catch {
    return false;
  }
}

/** A page served over https may read http only from this machine: nothing need be asked to know that it will fail. */
function mixedContent(choice: TeacherChoice, page?: PageView): TeacherFailure | undefined {
  if (!page?.origin.startsWith('https:') || !URL.canParse(choice.baseUrl)) return undefined;
  const { protocol, hostname } = new URL(choice.baseUrl);
  if (protocol !== 'http:' || isLoopback(hostname)) return undefined;
  return new TeacherFailure('teacher-off', {
    where: 'this page came over https, so the browser lets it reach http only on this machine',
    remedy: 'Serve the teacher over https, or run the studio on this machine with npm start.',
  });
}

function isPrivate(hostname: string): boolean {
  return /^(10|192\.168|172\.(1[6-9]|2\d|3[01])|169\.254)\./.test(hostname) || /\.(local|lan|home|internal)$/.test(hostname) || !hostname.includes('.');
}
