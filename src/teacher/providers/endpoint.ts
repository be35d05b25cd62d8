/** Where a teacher is and with what key it is spoken to, checked before anything is sent. */
import { isLoopback } from '../../core/networkDoor';
import { TeacherFailure } from '../failure';

export interface Endpoint {
  /** Up to and without the slash before `chat/completions`, `messages` or `models`. */
  baseUrl: string;
  model: string;
  /** Held in memory; goes into one header and nowhere else. */
  key?: string;
  /** Per exchange; two minutes where absent, infinite where whoever calls keeps time. */
  timeoutMs?: number;
}

export const defaultTimeoutMs = 120_000;

/** The parsed address. Throws `teacher-not-understood` for one that is no http address, or that carries a user, a key or a query. */
export function addressOf({ baseUrl }: Endpoint): URL {
  if (!URL.canParse(baseUrl)) throw unreadable('it is not an address');
  const url = new URL(baseUrl);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw unreadable('it must begin with https:// or http://');
  if (url.username || url.password || url.search || url.hash) throw unreadable('it must end with its path: no password, ? or #');
  return url;
}

/** `https://api.example.org/v1` and `/models` make one address. */
export function under(endpoint: Endpoint, path: string): string {
  return addressOf(endpoint).href.replace(/\/+$/, '') + path;
}

export function recipientOf(endpoint: Endpoint): string {
  return `${addressOf(endpoint).origin} · ${endpoint.model}`;
}

/** Whether text sent there leaves this machine. */
export function isRemote(endpoint: Endpoint): boolean {
  return !isLoopback(addressOf(endpoint).hostname);
}

/** The key, if a header can carry it. Throws `teacher-bad-key`; the error does not repeat it. */
export function keyOf({ key }: Endpoint): string | undefined {
  const trimmed = key?.trim();
  if (trimmed && !/^[\x21-\x7e]{1,1000}$/.test(trimmed)) {
    throw new TeacherFailure('teacher-bad-key', { where: 'it holds spaces or letters that no key has' });
  }
  return trimmed || undefined;
}

const unreadable = (why: string) => new TeacherFailure('teacher-not-understood', { where: `the address cannot be used: ${why}` });
