/** Folders and files named on the command line. */
import { mkdir, readdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { StudioError } from '../core/errors';
import { studentFromFiles } from '../model/student';
import type { Student } from '../model/types';

const STUDENT_FILE = /\.(json|safetensors)$/;

/** A student from its folder, in Hugging Face's layout. */
export async function readStudentFolder(folder: string): Promise<Student> {
  return studentFromFiles(folder, await folderFiles(folder));
}

/** The files of a folder that may belong to a student. */
export async function folderFiles(folder: string): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  for (const name of await listFolder(folder)) {
    const file = join(folder, name);
    if (STUDENT_FILE.test(name) && (await stat(file)).isFile()) files.set(name, new Uint8Array(await readFile(file)));
  }
  return files;
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

/** Writes a file whole or not at all. */
export async function writeWhole(path: string, bytes: Uint8Array | string): Promise<void> {
  try {
    await writeFile(`${path}~`, bytes);
    await rename(`${path}~`, path);
  } catch (cause) {
    throw fileError('cli-cannot-write', `"${path}" cannot be written`, cause);
  }
}

/** Writes every file of a student into an existing folder. */
export async function writeFiles(folder: string, files: Map<string, Uint8Array>): Promise<void> {
  for (const [name, bytes] of files) await writeWhole(join(folder, name), bytes);
}

async function listFolder(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).sort();
  } catch (cause) {
    throw fileError('cli-cannot-read', `The folder "${folder}" cannot be read`, cause);
  }
}

function fileError(code: string, what: string, cause: unknown): StudioError {
  const { code: system, message } = cause as NodeJS.ErrnoException;
  const reasons: Record<string, string> = { ENOENT: 'it is not there', EACCES: 'it is not allowed', EISDIR: 'it is a folder', ENOTDIR: 'it is not a folder', EEXIST: 'a file has that name', ENOSPC: 'the disk is full' };
  return new StudioError(code, `${what}: ${reasons[system ?? ''] ?? message}.`, { cause });
}
