/** The Dexie schema: one line a table, one entry a version. A change of shape adds a version with its upgrade; none is ever edited. */
import type { Dexie, Transaction } from 'dexie';
import type { TableName, Tables } from './types';

/** The field each table is keyed by. */
export const PRIMARY_KEY = {
  projects: 'id',
  datasets: 'id',
  questions: 'key',
  skills: 'key',
  labels: 'key',
  responses: 'key',
  profiles: 'projectId',
  trainingSets: 'key',
  runs: 'id',
  metrics: 'key',
  calls: 'key',
  settings: 'key',
  skillEdits: 'projectId',
  students: 'id',
} as const satisfies { [T in TableName]: keyof Tables[T] };

export const TABLE_NAMES = Object.keys(PRIMARY_KEY) as TableName[];

/** The primary key of a row. */
export function keyOf<T extends TableName>(table: T, row: Tables[T]): string {
  return (row as unknown as Record<string, string>)[PRIMARY_KEY[table]];
}

interface Version {
  version: number;
  /** Dexie's words: primary key first, then indexed fields. */
  tables: Partial<Record<TableName, string>>;
  upgrade?: (transaction: Transaction) => Promise<void>;
}

const VERSIONS: Version[] = [
  {
    version: 1,
    tables: {
      projects: 'id',
      datasets: 'id',
      questions: 'key, datasetId',
      skills: 'key, projectId',
      labels: 'key, projectId',
      responses: 'key, projectId, runId',
      profiles: 'projectId',
      trainingSets: 'key, projectId',
      runs: 'id, projectId',
      metrics: 'key, projectId, runId',
    },
  },
  { version: 2, tables: { calls: 'key, projectId' } },
  { version: 3, tables: { settings: 'key' } },
  { version: 4, tables: { skillEdits: 'projectId' } },
  { version: 5, tables: { students: 'id' } },
];

/** Declares every version on a database that is not open yet. */
export function declareVersions(db: Dexie): void {
  for (const { version, tables, upgrade } of VERSIONS) {
    const declared = db.version(version).stores(tables as Record<string, string>);
    if (upgrade) declared.upgrade(upgrade);
  }
}
