/** Server-sent events out of a stream of bytes: only `data:` lines matter here. Bounded, whatever the server sends. */
import { TeacherFailure } from '../failure';

const longestEvent = 1_000_000;

/** The data of each event, in order. Throws `teacher-too-long` past `mostBytes` in all, `teacher-cut` when the stream breaks. */
export async function* eventsOf(body: ReadableStream<Uint8Array>, mostBytes: number): AsyncGenerator<string> {
  let waiting = '';
  let data: string[] = [];
  for await (const text of textsOf(body, mostBytes)) {
    waiting += text;
    // A CR at the very end may be half of a CRLF.
    const held = waiting.endsWith('\r') ? '\r' : '';
    const lines = waiting.slice(0, waiting.length - held.length).split(/\r\n|\n|\r/);
    waiting = lines.pop() + held;
    if (waiting.length > longestEvent) throw new TeacherFailure('teacher-too-long');
    for (const line of lines) {
      if (line === '') {
        if (data.length > 0) yield data.join('\n');
        data = [];
      } else if (line.startsWith('data:')) {
        data.push(line.slice(line[5] === ' ' ? 6 : 5));
      }
    }
  }
  // Some servers leave out the last blank line.
  if (waiting.startsWith('data:')) data.push(waiting.slice(5).trim());
  if (data.length > 0) yield data.join('\n');
}

/** The body as text, piece by piece, a character never torn. Throws as `eventsOf`. */
export async function* textsOf(body: ReadableStream<Uint8Array>, mostBytes: number): AsyncGenerator<string> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let bytes = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      bytes += value.length;
      if (bytes > mostBytes) throw new TeacherFailure('teacher-too-long', { where: `more than ${mostBytes} bytes` });
      yield decoder.decode(value, { stream: true });
    }
    const rest = decoder.decode();
    if (rest) yield rest;
  } finally {
    // Ends the download too when the reader stops early; on a broken stream there is nothing to end.
    await reader.cancel().catch(() => {});
  }
}
