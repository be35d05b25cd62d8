/** The keeper in a browser: rows in IndexedDB through Dexie, binary files through the blobs it is given (OPFS). */
import { Dexie, type Table } from 'dexie';
import { keeperError } from './keeperErrors';
import { opfsBlobs } from './opfsBlobs';
import { declareVersions } from './schema';
import type { Blobs, StudioStore, TableName, Tables } from './types';

/** A store over one IndexedDB database. Each `put` and `remove` is one transaction: all of its rows or none. */
export class DexieStore implements StudioStore {
  readonly db: Dexie;

  constructor(name: string, private readonly blobs: Blobs) {
    this.db = new Dexie(name);
    declareVersions(this.db);
  }

  private table<T extends TableName>(table: T): Table<Tables[T], string> {
    return this.db.table(table);
  }

  async get<T extends TableName>(table: T, key: string): Promise<Tables[T] | undefined> {
    return translate(table, () => this.table(table).get(key));
  }

  async put<T extends TableName>(table: T, rows: Tables[T][]): Promise<void> {
    if (rows.length === 0) return;
    await translate(table, () => this.db.transaction('rw', this.table(table), () => this.table(table).bulkPut(rows)));
  }

  async where<T extends TableName>(table: T, field: 'projectId' | 'runId' | 'datasetId', value: string): Promise<Tables[T][]> {
    return translate(table, () => this.table(table).where(field).equals(value).toArray());
  }

  async all<T extends TableName>(table: T): Promise<Tables[T][]> {
    return translate(table, () => this.table(table).toArray());
  }

  async remove<T extends TableName>(table: T, keys: string[]): Promise<void> {
    await translate(table, () => this.table(table).bulkDelete(keys));
  }

  readBlob(path: string): Promise<Uint8Array | undefined> {
    return this.blobs.readBlob(path);
  }

  writeBlob(path: string, bytes: Uint8Array): Promise<void> {
    return this.blobs.writeBlob(path, bytes);
  }

  removeBlob(path: string): Promise<void> {
    return this.blobs.removeBlob(path);
  }

  listBlobs(prefix: string): Promise<string[]> {
    return this.blobs.listBlobs(prefix);
  }

  close(): void {
    this.db.close();
  }
}

/** The page's and the worker's store: same database, same files, whichever opens it. */
export function openBrowserStore(name = 'stat-studio'): DexieStore {
  return new DexieStore(name, opfsBlobs(name));
}

/** Runs a Dexie call inside its liveQuery-tracked promise and turns its refusals into plain sentences. */
async function translate<R>(what: string, call: () => PromiseLike<R>): Promise<R> {
  try {
    return await call();
  } catch (thrown) {
    throw keeperError(thrown, `the ${what}`);
  }
}
