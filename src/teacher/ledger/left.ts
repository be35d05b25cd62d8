/** What left for whom: the ledger by recipient, for people. What came in a file left elsewhere and is not counted. */
import type { LedgerEntry } from './entry';
import { spentOn, type Spent } from './ledger';

export interface LeftFor {
  recipient: string;
  /** False where the text stayed on this machine. */
  remote: boolean;
  /** Different texts that were sent, whatever became of them. */
  requests: number;
  /** Rows named by these requests; rows of equal text are counted once. */
  rows: number;
  /** Milliseconds since 1970. */
  firstSentAt: number;
  lastSentAt: number;
  byTask: { task: string; requests: number }[];
  spent: Spent;
}

/** The recipients in the order they were first sent something. */
export function leftFor(entries: readonly LedgerEntry[]): LeftFor[] {
  const own = entries.filter((entry) => !entry.imported && entry.tries > 0).sort((a, b) => a.firstSentAt - b.firstSentAt);
  return groups(own, ({ recipient }) => recipient).map(([recipient, mine]): LeftFor => ({
    recipient,
    remote: mine.some(({ remote }) => remote),
    requests: mine.length,
    rows: new Set(mine.map(({ projectId, row, key }) => (row === undefined ? key : `${projectId}/${row}`))).size,
    firstSentAt: mine[0].firstSentAt,
    lastSentAt: mine.reduce((last, { endedAt, firstSentAt }) => Math.max(last, endedAt ?? firstSentAt), 0),
    byTask: groups(mine, ({ task }) => task).map(([task, { length }]) => ({ task, requests: length })),
    spent: spentOn(mine),
  }));
}

function groups<T>(items: readonly T[], of: (item: T) => string): [string, T[]][] {
  const found = new Map<string, T[]>();
  for (const item of items) {
    const group = found.get(of(item));
    if (group) group.push(item);
    else found.set(of(item), [item]);
  }
  return [...found];
}
