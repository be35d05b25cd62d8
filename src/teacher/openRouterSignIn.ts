/** Signing in at OpenRouter without a server of ours: PKCE (RFC 7636), by a redirect, because a popup needs what isolates the page. */
import * as v from 'valibot';
import { StudioError } from '../core/errors';
import { askJson } from './providers/http';

const authorizeAt = 'https://openrouter.ai/auth';
const exchangeAt = 'https://openrouter.ai/api/v1/auth/keys';
const timeoutMs = 30_000;
const Reply = v.object({ key: v.pipe(v.string(), v.regex(/^[\x21-\x7e]{8,1000}$/)) });

export interface SignIn {
  /** Where to send the person. */
  url: string;
  /** To be kept until the person comes back, and no longer; without the code that comes with them it opens nothing. */
  verifier: string;
}

/** @param callback where the person comes back to, with `?code=…` in its address. */
export async function beginSignIn(callback: string): Promise<SignIn> {
  const verifier = base64Url(crypto.getRandomValues(new Uint8Array(48)));
  const challenge = base64Url(new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier))));
  const query = new URLSearchParams({ callback_url: callback, code_challenge: challenge, code_challenge_method: 'S256' });
  return { url: `${authorizeAt}?${query}`, verifier };
}

/** The key that the code stands for. Throws `TeacherFailure`, or `teacher-sign-in` where none comes. */
export async function finishSignIn(code: string, verifier: string, signal: AbortSignal, exchange = exchangeAt): Promise<string> {
  const body = { code, code_verifier: verifier, code_challenge_method: 'S256' };
  const reply = v.safeParse(Reply, await askJson({ url: exchange, headers: {}, body, signal, timeoutMs }));
  if (reply.success) return reply.output.key;
  throw new StudioError('teacher-sign-in', 'OpenRouter gave no key.', { kept: 'Nothing was changed.', remedy: 'Sign in again, or enter a key by hand.' });
}

const base64Url = (bytes: Uint8Array): string => btoa(String.fromCharCode(...bytes)).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
