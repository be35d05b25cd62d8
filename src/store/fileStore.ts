/**
 * The keeper in Node: one append-only JSONL log a table under a folder, binary files beside them. Each line is one whole
 * `put` or `remove`, so a torn last line loses that call and nothing else; logs are rewritten by rename when opened.
 */
import { appendFileSync, closeSync, fstatSync, ftruncateSync, openSync } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { StudioError } from '../core/errors';
import { blobSegments } from './blobPath';
import { keeperError } from './keeperErrors';
import { keyOf, TABLE_NAMES } from './schema';
import type { StudioStore, TableName, Tables } from './types';

type Rows = Map<string, Tables[TableName]>;
type LogLine = { put: Tables[TableName][] } | { remove: string[] };

/** One process at a time; everything is held in memory, the logs are the truth on disk. */
class FileStore implements StudioStore {
  private constructor(private readonly folder: string, private readonly tables: Map<TableName, Rows>) {}

  static async open(folder: string): Promise<FileStore> {
    await translate(folder, () => mkdir(join(folder, 'blobs'), { recursive: true }));
    const tables = new Map<TableName, Rows>();
    for (const table of TABLE_NAMES) tables.set(table, await loadLog(logFile(folder, table), table));
    return new FileStore(folder, tables);
  }

  private rows<T extends TableName>(table: T): Map<string, Tables[T]> {
    return this.tables.get(table) as Map<string, Tables[T]>;
  }

  async get<T extends TableName>(table: T, key: string): Promise<Tables[T] | undefined> {
    const row = this.rows(table).get(key);
    return row && structuredClone(row);
  }

  async put<T extends TableName>(table: T, rows: Tables[T][]): Promise<void> {
    if (rows.length === 0) return;
    await this.append(table, { put: rows });
    for (const row of rows) this.rows(table).set(keyOf(table, row), structuredClone(row));
  }

  async where<T extends TableName>(table: T, field: 'projectId' | 'runId' | 'datasetId', value: string): Promise<Tables[T][]> {
    const found = [...this.rows(table).values()].filter((row) => (row as unknown as Record<string, unknown>)[field] === value);
    return inKeyOrder(table, found);
  }

  async all<T extends TableName>(table: T): Promise<Tables[T][]> {
    return inKeyOrder(table, [...this.rows(table).values()]);
  }

  async remove<T extends TableName>(table: T, keys: string[]): Promise<void> {
    if (keys.length === 0) return;
    await this.append(table, { remove: keys });
    for (const key of keys) this.rows(table).delete(key);
  }

  /**
   * One write a call; a write that failed half-way is cut off again, so that the next one starts on a line of its own. Done at once
   * and not handed to a thread: a line goes into the system's memory in microseconds, where every hop to a thread and back would
   * keep a request to a teacher waiting for milliseconds on a busy machine.
   */
  private append(table: TableName, line: LogLine): Promise<void> {
    return translate(`the ${table}`, async () => {
      const file = openSync(logFile(this.folder, table), 'a');
      const { size } = fstatSync(file);
      try {
        appendFileSync(file, `${JSON.stringify(line)}\n`);
      } catch (thrown) {
        ftruncateSync(file, size);
        throw thrown;
      } finally {
        closeSync(file);
      }
    });
  }

  private blobFile(path: string): string {
    return join(this.folder, 'blobs', ...blobSegments(path));
  }

  async readBlob(path: string): Promise<Uint8Array | undefined> {
    return readIfThere(this.blobFile(path));
  }

  async writeBlob(path: string, bytes: Uint8Array): Promise<void> {
    const file = this.blobFile(path);
    await translate(path, async () => {
      await mkdir(dirname(file), { recursive: true });
      await replaceFile(file, bytes);
    });
  }

  async removeBlob(path: string): Promise<void> {
    await rm(this.blobFile(path), { force: true });
  }

  async listBlobs(prefix: string): Promise<string[]> {
    const root = join(this.folder, 'blobs');
    const entries = await readdir(root, { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile() && !entry.name.endsWith('~'))
      .map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep).join('/'))
      .filter((path) => path.startsWith(prefix))
      .sort();
  }
}

/** Opens (or makes) the store kept under `folder`. */
export function openFileStore(folder: string): Promise<StudioStore> {
  return FileStore.open(folder);
}

function logFile(folder: string, table: TableName): string {
  return join(folder, `${table}.jsonl`);
}

/** Replays a log; a torn last line is dropped, a broken line before it is an error. Compacts the file to one line a row. */
async function loadLog(file: string, table: TableName): Promise<Rows> {
  const rows: Rows = new Map();
  const bytes = await readIfThere(file);
  if (!bytes) return rows;
  const lines = new TextDecoder().decode(bytes).split('\n');
  const torn = lines.pop() !== '';
  let folded = torn;
  lines.forEach((text, index) => {
    const line = parseLine(text, file, index + 1);
    const before = rows.size;
    if ('put' in line) for (const row of line.put) rows.set(keyOf(table, row), row);
    else for (const key of line.remove) rows.delete(key);
    folded ||= rows.size !== before + ('put' in line ? line.put.length : 0);
  });
  if (folded) {
    const text = [...rows.values()].map((row) => `${JSON.stringify({ put: [row] })}\n`).join('');
    await replaceFile(file, new TextEncoder().encode(text));
  }
  return rows;
}

function parseLine(text: string, file: string, line: number): LogLine {
  try {
    return JSON.parse(text) as LogLine;
  } catch (cause) {
    throw new StudioError('store-broken-log', 'A stored table cannot be read: one of its lines is not JSON.', {
      where: `${file}, line ${line}`,
      kept: 'Nothing was changed.',
      remedy: 'Restore the file from a copy, or start again in another folder.',
      cause,
    });
  }
}

/** Writes beside the file, then renames over it: a reader sees the old bytes or the new ones, never a mixture. */
async function replaceFile(file: string, bytes: Uint8Array): Promise<void> {
  const temporary = `${file}~`;
  await writeFile(temporary, bytes);
  const handle = await open(temporary, 'r+');
  await handle.sync();
  await handle.close();
  await rename(temporary, file);
}

async function readIfThere(file: string): Promise<Uint8Array | undefined> {
  try {
    return new Uint8Array(await readFile(file));
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw thrown;
  }
}

function inKeyOrder<T extends TableName>(table: T, rows: Tables[T][]): Tables[T][] {
  const keyed = rows.map((row) => ({ key: keyOf(table, row), row }));
  keyed.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  return keyed.map(({ row }) => structuredClone(row));
}

async function translate<R>(what: string, call: () => Promise<R>): Promise<R> {
  try {
    return await call();
  } catch (thrown) {
    throw keeperError(thrown, what);
  }
}
