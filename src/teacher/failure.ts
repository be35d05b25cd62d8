/** How a teacher can fail to answer, each with its name, whether asking again can help, and what a person can do. */
import { StudioError, type ErrorAdvice } from '../core/errors';

interface Kind {
  message: string;
  /** The same request may well succeed later. */
  retryable: boolean;
  remedy: string;
}

/** Every way a request can fail before there is a reply to read. */
export const FAILURES = {
  'teacher-off': { message: 'The teacher’s server does not answer.', retryable: true, remedy: 'Start it, or check the address and the connection.' },
  'teacher-cors': { message: 'The server answers, but refuses requests from a web page.', retryable: false, remedy: 'Let it accept this page’s origin (CORS).' },
  'teacher-local-network': {
    message: 'The browser does not let this page reach a server on this machine or its network.', retryable: false,
    remedy: 'Allow “Local network access” for this site in the browser’s site settings, then test again.',
  },
  'teacher-bad-key': { message: 'The server does not accept the key.', retryable: false, remedy: 'Check the key, and that it may use this model.' },
  'teacher-unknown-model': { message: 'The server knows no such model.', retryable: false, remedy: 'Choose one of the models it lists.' },
  'teacher-quota': { message: 'The account has no credit left.', retryable: false, remedy: 'Add credit with the provider, or use another teacher.' },
  'teacher-rate-limit': { message: 'The server asks for fewer requests.', retryable: true, remedy: 'Wait, or lower the limits of the job.' },
  'teacher-server': { message: 'The server failed.', retryable: true, remedy: 'Try again later.' },
  'teacher-refused-request': { message: 'The server does not accept this request.', retryable: false, remedy: 'Check the address, the model and the prompt.' },
  'teacher-not-understood': { message: 'What answers at this address does not speak a teacher’s protocol.', retryable: false, remedy: 'Check the address; it usually ends in /v1.' },
  'teacher-cut': { message: 'The connection was cut in the middle of a reply.', retryable: true, remedy: 'Try again.' },
  'teacher-timeout': { message: 'The teacher took too long.', retryable: true, remedy: 'Try again, or allow more time.' },
  'teacher-too-long': { message: 'The reply was longer than any honest one could be, and was dropped.', retryable: false, remedy: 'Use another model, or ask for fewer tokens.' },
  'teacher-door-shut': { message: 'Nothing may leave this machine: the network door is shut.', retryable: false, remedy: 'Use a teacher on this machine, or open the door in Settings.' },
} as const satisfies Record<string, Kind>;

export type FailureCode = keyof typeof FAILURES;

/** Thrown by every provider. `retryAfterMs`: how long the server asked to wait. */
export class TeacherFailure extends StudioError {
  declare readonly code: FailureCode;
  readonly retryable: boolean;

  constructor(code: FailureCode, advice: ErrorAdvice = {}, readonly retryAfterMs?: number) {
    const { message, retryable, remedy } = FAILURES[code];
    super(code, message, { remedy, ...advice });
    this.name = 'TeacherFailure';
    this.retryable = retryable;
  }
}
