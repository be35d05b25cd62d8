/** One JSON request to a teacher's server: timed, bounded, its failures named, its key never in an address or an error. */
import { within } from '../../core/deadline';
import { mayReach, reach } from '../../core/networkDoor';
import { type FailureCode, TeacherFailure } from '../failure';
import { failureOf } from './failureOf';
import { eventsOf, textsOf } from './sse';

/** A reply of four thousand tokens is some 20 kB; nothing honest comes near this. */
const mostBytes = 1_000_000;
const mostErrorBytes = 20_000;

export interface Call {
  url: string;
  headers: Record<string, string>;
  /** Sent as JSON; absent for a GET. */
  body?: object;
  signal: AbortSignal;
  /** The whole exchange may take so long; infinite where whoever calls keeps time. */
  timeoutMs: number;
}

/** The parsed JSON of the reply. */
export function askJson(call: Call): Promise<unknown> {
  return exchange(call, async (reply, body) => {
    if (/^text\/html/.test(reply.headers.get('content-type') ?? '')) throw new TeacherFailure('teacher-not-understood', { where: 'it sent a web page' });
    let text = '';
    for await (const piece of textsOf(body, mostBytes)) text += piece;
    try {
      return JSON.parse(text) as unknown;
    } catch (cause) {
      throw new TeacherFailure('teacher-not-understood', { where: 'its reply is not JSON', cause });
    }
  });
}

/** Hands on the JSON of each server-sent event, in order, until `[DONE]` or the end. */
export function askEvents(call: Call, take: (event: unknown) => void): Promise<void> {
  return exchange(call, async (_reply, body) => {
    for await (const data of eventsOf(body, mostBytes)) {
      if (data === '[DONE]') return;
      try {
        take(JSON.parse(data));
      } catch (cause) {
        if (cause instanceof TeacherFailure) throw cause;
        throw new TeacherFailure('teacher-not-understood', { where: 'an event of its reply is not JSON', cause });
      }
    }
  });
}

async function exchange<T>(call: Call, read: (reply: Response, body: ReadableStream<Uint8Array>) => Promise<T>): Promise<T> {
  const { url, headers, body, signal, timeoutMs } = call;
  const method = body ? 'POST' : 'GET';
  signal.throwIfAborted();
  if (!mayReach(url, method)) throw new TeacherFailure('teacher-door-shut');
  const once = async (stop: AbortSignal): Promise<T> => {
    let begun = false;
    try {
      const reply = await reach(url, {
        method,
        // Asked for only where there is a body: it is what makes a browser ask the server first.
        headers: body ? { ...headers, 'content-type': 'application/json' } : headers,
        body: body && JSON.stringify(body),
        signal: stop,
        credentials: 'omit',
        // A redirect would carry the key and the rows to somewhere nobody named.
        redirect: 'error',
        referrerPolicy: 'no-referrer',
      });
      begun = true;
      if (!reply.ok) throw failureOf(reply.status, reply.headers, await startOf(reply));
      if (!reply.body) throw new TeacherFailure('teacher-cut', { where: 'the reply has no body' });
      return await read(reply, reply.body);
    } catch (thrown) {
      if (signal.aborted) throw signal.reason;
      if (thrown instanceof TeacherFailure) throw thrown;
      throw new TeacherFailure(begun ? 'teacher-cut' : unanswered(thrown));
    }
  };
  if (timeoutMs === Infinity) return once(signal);
  return within(timeoutMs, signal, () => new TeacherFailure('teacher-timeout', { where: `${timeoutMs / 1000} s` }), once);
}

async function startOf(reply: Response): Promise<string> {
  if (!reply.body) return '';
  let text = '';
  try {
    for await (const piece of textsOf(reply.body, mostErrorBytes)) text += piece;
  } catch {
    // What has come so far says enough.
  }
  return text;
}

/** Node tells a connection that broke, or waited too long, from one that never was; browsers do not. */
function unanswered(thrown: unknown): FailureCode {
  const { code = '' } = (thrown instanceof Error ? (thrown.cause as { code?: string } | undefined) : undefined) ?? {};
  if (code === 'UND_ERR_HEADERS_TIMEOUT' || code === 'UND_ERR_BODY_TIMEOUT') return 'teacher-timeout';
  return code === 'UND_ERR_SOCKET' || code === 'ECONNRESET' ? 'teacher-cut' : 'teacher-off';
}
