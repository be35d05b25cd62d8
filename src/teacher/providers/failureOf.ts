/** What a server's refusal means: status, headers and the words of its body, read without ever repeating a key. */
import { type FailureCode, TeacherFailure } from '../failure';

const longestQuote = 300;
/** No server's wish is followed for longer: a day of silence is not a wait but a stop. */
const longestWaitMs = 3_600_000;

/** The failure of a reply whose status is not 2xx. `body` is the start of its text. */
export function failureOf(status: number, headers: Headers, body: string): TeacherFailure {
  const code = codeOf(status, body);
  const wait = code === 'teacher-rate-limit' || code === 'teacher-server' ? retryAfterMs(headers, body) : undefined;
  // A server that refuses a key often quotes it.
  const quotes = code !== 'teacher-bad-key';
  return new TeacherFailure(code, { where: quotes ? `${status}: ${withoutKeys(messageIn(body))}` : `${status}` }, wait);
}

function codeOf(status: number, body: string): FailureCode {
  if (status === 402 || /insufficient_quota|credit balance|insufficient (credit|balance|fund)|out of credit/i.test(body)) return 'teacher-quota';
  if (status === 401 || status === 403 || /api[ _-]?key (is )?(not valid|invalid)|invalid[ _]api[ _-]?key|incorrect api key/i.test(body)) return 'teacher-bad-key';
  if (status === 429) return 'teacher-rate-limit';
  if (status === 408 || status === 409 || status === 425 || status >= 500) return 'teacher-server';
  const ofModel = /model_not_found|model_not_available|not a valid model|unknown model|invalid model|models?\b.{0,200}\b(not (be )?(found|exist|available|supported)|does(n't| not) exist)/is;
  if (ofModel.test(body) || (status === 404 && /not_found_error.*model/is.test(body))) return 'teacher-unknown-model';
  if (status === 404 || status === 405 || status < 400) return 'teacher-not-understood';
  return 'teacher-refused-request';
}

/** `retry-after` in seconds or as a date is HTTP's; `retry-after-ms` and Google's `retryDelay` say it more finely. */
function retryAfterMs(headers: Headers, body: string): number | undefined {
  const fine = Number(headers.get('retry-after-ms') ?? NaN);
  if (fine >= 0) return Math.min(fine, longestWaitMs);
  const given = headers.get('retry-after');
  const seconds = given === null ? Number(/"retryDelay"\s*:\s*"([\d.]+)s"/.exec(body)?.[1] ?? NaN) : Number(given);
  if (seconds >= 0) return Math.min(seconds * 1000, longestWaitMs);
  const date = Date.parse(given ?? '');
  const from = Date.parse(headers.get('date') ?? '');
  return Number.isFinite(date - from) ? Math.min(Math.max(0, date - from), longestWaitMs) : undefined;
}

function messageIn(body: string): string {
  try {
    const parsed = JSON.parse(body) as { error?: { message?: unknown } | string; message?: unknown };
    const message = typeof parsed.error === 'object' ? parsed.error?.message : parsed.error ?? parsed.message;
    if (typeof message === 'string') return message.slice(0, longestQuote);
  } catch {
    // Not JSON: quoted as it stands.
  }
  return body.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ').trim().slice(0, longestQuote);
}

/** Long runs without a space that look like a secret are never worth reading. */
export function withoutKeys(text: string): string {
  return text.replace(/\b(sk|gsk|key|tgp|hf)[-_][\w*.-]{6,}|\bAIza[\w-]+|\bBearer\s+\S+|\b(?=[\w-]*\d)[\w-]{32,}/gi, '(left out)');
}
