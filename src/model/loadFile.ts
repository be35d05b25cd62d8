/** One large file over a network that breaks: read in a stream, kept as it comes, gone on with where it stopped. */
import { wait } from '../core/clock';
import { StudioError } from '../core/errors';
import type { FileCache } from './fileCache';
import { failedReply } from './loadErrors';

/** Tries in a row that bring nothing new. */
const TRIES = 5;
const FIRST_PAUSE_MS = 500;

export interface WantedFile {
  url: string;
  /** Name to tell a person. */
  name: string;
  /** Where it is kept. */
  path: string;
  /** Bytes it must have. */
  size: number;
}

export type Ask = (url: string, init?: RequestInit) => Promise<Response>;

/**
 * @param onBytes is told the bytes of this file that are there.
 * @throws StudioError `model-fetch-failed` and those of `failedReply`; the signal's reason when it aborts. What came is kept.
 */
export async function loadFile(file: WantedFile, cache: FileCache, ask: Ask, onBytes: (bytes: number) => void, signal?: AbortSignal): Promise<void> {
  let failures = 0;
  for (;;) {
    const held = await cache.size(file.path);
    onBytes(Math.min(held, file.size));
    if (held === file.size) return;
    const from = held > file.size ? 0 : held;
    try {
      await goOn(file, from, cache, ask, onBytes, signal);
    } catch (thrown) {
      signal?.throwIfAborted();
      if (thrown instanceof StudioError) throw thrown;
      // A connection that broke behind new bytes is only slow; one that brings none is counted.
      failures = (await cache.size(file.path)) > from ? 1 : failures + 1;
      if (failures >= TRIES) throw broken(file, thrown);
      await wait(FIRST_PAUSE_MS * 2 ** (failures - 1), signal);
    }
  }
}

async function goOn(file: WantedFile, from: number, cache: FileCache, ask: Ask, onBytes: (bytes: number) => void, signal?: AbortSignal): Promise<void> {
  if (file.size === 0) return (await cache.append(file.path, 0)).close();
  const reply = await ask(file.url, { signal, headers: { Range: `bytes=${from}-` } });
  if (reply.status >= 500 || reply.status === 429) throw new Error(`the server said ${reply.status}`);
  if (!reply.ok) throw failedReply(reply.status, file.name);
  // A server that knows no ranges sends the whole again.
  const start = reply.status === 206 ? startOf(reply, from, file) : 0;
  const sink = await cache.append(file.path, start);
  const reader = reply.body?.getReader();
  let at = start;
  try {
    while (reader) {
      const { done, value } = await reader.read();
      if (done) break;
      at += value.length;
      if (at > file.size) throw tooLong(file);
      await sink.write(value);
      onBytes(at);
    }
  } finally {
    await sink.close();
    await reader?.cancel().catch(() => {});
  }
  if (at < file.size) throw new Error('the connection ended early');
}

function startOf(reply: Response, asked: number, file: WantedFile): number {
  const [, start, total] = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(reply.headers.get('content-range') ?? '') ?? [];
  if (Number(start) === asked && (total === '*' || Number(total) === file.size)) return asked;
  throw new StudioError('model-fetch-failed', `The server sent another part of ${file.name} than it was asked for.`, {
    kept: 'What had come before is kept.', remedy: 'Try again later.',
  });
}

function tooLong({ name, size }: WantedFile): StudioError {
  return new StudioError('model-fetch-failed', `The server sends more of ${name} than the ${size} bytes it lists.`, { remedy: 'Try again later.' });
}

function broken({ name }: WantedFile, cause: unknown): StudioError {
  const why = cause instanceof Error ? cause.message : 'the connection broke';
  return new StudioError('model-fetch-failed', `${name} could not be fetched whole: ${why}.`, {
    kept: 'What has come is kept.', remedy: 'Try again: it goes on from there.', cause,
  });
}
