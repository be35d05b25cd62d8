// A provider that does what a test says, in a virtual time.
import type { Clock } from '../../../src/core/clock';
import type { ChatProvider, ChatReply, ChatRequest } from '../../../src/teacher/chat';

export type Script = (request: ChatRequest, n: number) => Partial<ChatReply> | Error;

export interface Scripted extends ChatProvider {
  /** When each request came, and its text. */
  sent: { at: number; text: string }[];
  mostAtOnce: number;
}

/** Every request takes `milliseconds`; then `script` says how it ends. */
export function scripted(clock: Clock, milliseconds: number, script: Script = () => ({}), more: Partial<ChatProvider> = {}): Scripted {
  let atOnce = 0;
  const provider: Scripted = {
    id: 'scripted', recipient: 'https://teacher.example scripted-1', remote: true, sent: [], mostAtOnce: 0, ...more,
    async chat(request, { signal }) {
      const text = request.messages[0].content;
      const n = provider.sent.push({ at: clock.elapsed(), text }) - 1;
      provider.mostAtOnce = Math.max(provider.mostAtOnce, ++atOnce);
      try {
        await clock.wait(milliseconds, signal);
      } finally {
        atOnce--;
      }
      const ended = script(request, n);
      if (ended instanceof Error) throw ended;
      return { text: `reply to ${text}`, inputTokens: 10, outputTokens: 5, finish: 'stop', model: 'scripted-1', ...ended };
    },
  };
  return provider;
}

export function request(text: string, maxTokens = 50): ChatRequest {
  return { messages: [{ role: 'user', content: text }], maxTokens, temperature: 0 };
}
