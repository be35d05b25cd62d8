/** Keys kept on request: sealed under a passphrase (PBKDF2, then AES-GCM). Without it what is stored is noise. */
import { StudioError } from '../core/errors';

/** All parts in base64. */
export interface SealedText {
  version: 1;
  salt: string;
  iv: string;
  sealed: string;
}

/** OWASP's count for PBKDF2 with SHA-256: about a third of a second of guessing a try. */
const ITERATIONS = 600_000;
export const SHORTEST_PASSPHRASE = 8;

/** `context` (the address a key is for) is bound in: a sealed text put elsewhere does not open. Throws `secret-short-passphrase`. */
export async function sealText(text: string, passphrase: string, context: string): Promise<SealedText> {
  if (passphrase.length < SHORTEST_PASSPHRASE) {
    throw new StudioError('secret-short-passphrase', `A passphrase of fewer than ${SHORTEST_PASSPHRASE} characters is guessed too fast.`, {
      kept: 'The key is in memory, and nothing was stored.', remedy: 'Choose a longer one: a few words do well.',
    });
  }
  const salt = crypto.getRandomValues(new Uint8Array(16));
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const key = await keyFrom(passphrase, salt);
  const sealed = await crypto.subtle.encrypt({ name: 'AES-GCM', iv, additionalData: bytesOf(context) }, key, bytesOf(text));
  return { version: 1, salt: base64(salt), iv: base64(iv), sealed: base64(new Uint8Array(sealed)) };
}

/** Throws `secret-wrong-passphrase`. */
export async function openText(sealed: SealedText, passphrase: string, context: string): Promise<string> {
  try {
    const key = await keyFrom(passphrase, fromBase64(sealed.salt));
    const parameters = { name: 'AES-GCM', iv: fromBase64(sealed.iv), additionalData: bytesOf(context) };
    return new TextDecoder().decode(await crypto.subtle.decrypt(parameters, key, fromBase64(sealed.sealed)));
  } catch {
    throw new StudioError('secret-wrong-passphrase', 'The passphrase does not open the stored key.', {
      kept: 'The stored key is unchanged.', remedy: 'Try again, or forget the stored key and enter it anew.',
    });
  }
}

async function keyFrom(passphrase: string, salt: Uint8Array<ArrayBuffer>): Promise<CryptoKey> {
  const material = await crypto.subtle.importKey('raw', bytesOf(passphrase.normalize('NFKC')), 'PBKDF2', false, ['deriveKey']);
  const derivation = { name: 'PBKDF2', hash: 'SHA-256', salt, iterations: ITERATIONS };
  return crypto.subtle.deriveKey(derivation, material, { name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);
}

const bytesOf = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);
const base64 = (bytes: Uint8Array): string => btoa(String.fromCharCode(...bytes));
const fromBase64 = (text: string): Uint8Array<ArrayBuffer> => Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
