/** Folders and files named on the command line. */
import type { Stats } from 'node:fs';
import { mkdir, open as openFile, readFile, readdir, rename, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { StudioError } from '../core/errors';
import type { ByteSource } from '../model/byteSource';
import { STUDENT_FILE } from '../model/modelFile';
import { isRepositoryName, parseRepositoryName } from '../model/repositoryName';
import { openStudent } from '../model/student';
import type { Student } from '../model/types';
import { fileSource } from '../store/nodeFileCache';
import { repositorySources } from './repository';

const SINGLE_FILE = /\.(gguf|bin|model|safetensors)$|^(tokenizer|config)\.json$/i;

/** A student from its folder (Hugging Face's layout, or one with a single model in it), from a .gguf or .bin file, or from a Hugging Face repository. */
export async function readStudent(path: string): Promise<Student> {
  // As other tools name it: PEFT looks for an adapter's base under this name.
  const name = isRepositoryName(path) ? parseRepositoryName(path).repository : path;
  return openStudent(name, await studentSources(path));
}

/**
 * The files a student may consist of, opened where they lie. Of a named .bin or .model file, its neighbours too: a tokenizer may be
 * among them.
 */
export async function studentSources(path: string): Promise<Map<string, ByteSource>> {
  if (isRepositoryName(path)) return repositorySources(path);
  if ((await statOf(path)).isDirectory()) return sourcesIn(path, await listFolder(path));
  const name = basename(path);
  if (!SINGLE_FILE.test(name)) {
    throw new StudioError('cli-not-a-student', `"${path}" is not a student.`, { remedy: 'Name a folder, a .gguf file, a .bin file, or a Hugging Face repository as hf:owner/name.' });
  }
  const others = /\.bin$/i.test(name) ? (await listFolder(dirname(path))).filter((other) => /\.(bin|model)$/i.test(other)) : [];
  const sources = await sourcesIn(dirname(path), [name, ...others]);
  // A larger neighbour would be taken for the model.
  const size = sources.get(name)?.size ?? 0;
  return new Map([...sources].filter(([other, source]) => other === name || source.size < size));
}

async function sourcesIn(folder: string, names: readonly string[]): Promise<Map<string, ByteSource>> {
  const sources = new Map<string, ByteSource>();
  for (const name of names) {
    const path = join(folder, name);
    const found = await statOf(path);
    if (STUDENT_FILE.test(name) && found.isFile()) sources.set(name, fileSource(path, found.size));
  }
  return sources;
}

/** The bytes of a file a person named. */
export async function readNamedFile(path: string): Promise<Uint8Array> {
  try {
    return new Uint8Array(await readFile(path));
  } catch (cause) {
    throw fileError('cli-cannot-read', `"${path}" cannot be read`, cause);
  }
}

/** The bytes of a file this program keeps for itself, or undefined. */
export async function readIfThere(path: string): Promise<Uint8Array | undefined> {
  try {
    return new Uint8Array(await readFile(path));
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw fileError('cli-cannot-read', `"${path}" cannot be read`, thrown);
  }
}

/** Makes `folder`, and refuses one that already holds something unless `resume`. */
export async function claimFolder(folder: string, resume: boolean): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
  } catch (cause) {
    throw fileError('cli-cannot-write', `"${folder}" cannot be made a folder`, cause);
  }
  if (!resume && (await readdir(folder)).length > 0) {
    throw new StudioError('cli-folder-not-empty', `"${folder}" is not empty.`, {
      kept: 'Nothing in it was changed.',
      remedy: 'Name another folder, or give --resume to go on with what it holds.',
    });
  }
}

/** Refuses a name that is no folder: nothing is made where only something there can be read. */
export async function needFolder(folder: string): Promise<void> {
  await listFolder(folder);
}

/** Writes a file whole or not at all. */
export async function writeWhole(path: string, bytes: Uint8Array | string): Promise<void> {
  try {
    await writeFile(`${path}~`, bytes);
    await rename(`${path}~`, path);
  } catch (cause) {
    throw fileError('cli-cannot-write', `"${path}" cannot be written`, cause);
  }
}

/** Writes a file as its pieces come, whole or not at all. @returns its bytes */
export async function writePieces(path: string, pieces: AsyncIterable<Uint8Array>, onBytes: (bytes: number) => void = () => {}): Promise<number> {
  let bytes = 0;
  try {
    const file = await openFile(`${path}~`, 'w');
    try {
      for await (const piece of pieces) {
        await file.writeFile(piece);
        onBytes((bytes += piece.length));
      }
    } finally {
      await file.close();
    }
    await rename(`${path}~`, path);
  } catch (cause) {
    if (cause instanceof StudioError) throw cause;
    throw fileError('cli-cannot-write', `"${path}" cannot be written`, cause);
  }
  return bytes;
}

/** Writes every file of a student into an existing folder. */
export async function writeFiles(folder: string, files: Map<string, Uint8Array>): Promise<void> {
  for (const [name, bytes] of files) await writeWhole(join(folder, name), bytes);
}

async function statOf(path: string): Promise<Stats> {
  try {
    return await stat(path);
  } catch (cause) {
    throw fileError('cli-cannot-read', `"${path}" cannot be read`, cause);
  }
}

/** Names in a folder, sorted. */
export async function listFolder(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).sort();
  } catch (cause) {
    throw fileError('cli-cannot-read', `The folder "${folder}" cannot be read`, cause);
  }
}

/** What went wrong with a file or folder, in a plain sentence that begins with `what`. */
export function fileError(code: string, what: string, cause: unknown): StudioError {
  const { code: system, message } = cause as NodeJS.ErrnoException;
  const reasons: Record<string, string> = { ENOENT: 'it is not there', EACCES: 'it is not allowed', EISDIR: 'it is a folder', ENOTDIR: 'it is not a folder', EEXIST: 'a file has that name', ENOSPC: 'the disk is full' };
  return new StudioError(code, `${what}: ${reasons[system ?? ''] ?? message}.`, { cause });
}
