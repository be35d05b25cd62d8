/** A server that repeats the key it was sent would put it into the ledger, and so into exports: it is taken out before anyone reads. */
import type { ChatProvider } from '../chat';
import { TeacherFailure } from '../failure';

/** Shorter ones open nothing (`EMPTY`, `lm-studio`), and may stand in an honest reply. */
const SHORTEST_SECRET = 16;

export function withoutKey(provider: ChatProvider, key = ''): ChatProvider {
  const secret = key.trim();
  if (secret.length < SHORTEST_SECRET) return provider;
  const clean = (text: string): string => (text.includes(secret) ? text.replaceAll(secret, '(key left out)') : text);
  return {
    ...provider,
    async chat(request, { signal, onText }) {
      try {
        const reply = await provider.chat(request, { signal, onText: onText && ((soFar) => onText(clean(soFar))) });
        return { ...reply, text: clean(reply.text), model: clean(reply.model) };
      } catch (thrown) {
        if (!(thrown instanceof TeacherFailure) || !thrown.where?.includes(secret)) throw thrown;
        throw new TeacherFailure(thrown.code, { where: clean(thrown.where), remedy: thrown.remedy }, thrown.retryAfterMs);
      }
    },
  };
}
