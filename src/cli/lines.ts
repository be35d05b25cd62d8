/** Files of lines, read and written piece by piece: they may be larger than memory. */
import { createReadStream } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { fileError } from './folders';

/** No line anyone writes for the studio is longer; of one that is, so much comes back, which no reader takes for whole. */
const LONGEST = 4_000_000;
const PIECE = 1 << 20;

/** The lines of a file a person named, without their ends. */
export async function* fileLines(path: string): AsyncGenerator<string> {
  let rest = '';
  try {
    for await (const chunk of createReadStream(path, { encoding: 'utf8' }) as AsyncIterable<string>) {
      const lines = (rest + chunk).split('\n');
      rest = (lines.pop() ?? '').slice(0, LONGEST);
      for (const line of lines) yield line.endsWith('\r') ? line.slice(0, -1) : line;
    }
  } catch (cause) {
    throw fileError('cli-cannot-read', `"${path}" cannot be read`, cause);
  }
  if (rest !== '') yield rest;
}

/** Writes a file whole or not at all, from pieces of text that carry their own line ends. */
export async function writePieces(path: string, pieces: AsyncIterable<string> | Iterable<string>): Promise<void> {
  try {
    const file = await open(`${path}~`, 'w');
    try {
      let waiting = '';
      for await (const piece of pieces) {
        waiting += piece;
        if (waiting.length < PIECE) continue;
        await file.writeFile(waiting);
        waiting = '';
      }
      await file.writeFile(waiting);
    } finally {
      await file.close();
    }
    await rename(`${path}~`, path);
  } catch (cause) {
    await rm(`${path}~`, { force: true });
    throw fileError('cli-cannot-write', `"${path}" cannot be written`, cause);
  }
}
