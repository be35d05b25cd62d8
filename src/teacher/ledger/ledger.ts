/** Every call to a teacher, kept: so that nothing is paid for twice, and anyone can see what left and what it cost. */
import type { LedgerEntry } from './entry';

/** Where entries are kept: a table of the store, or a map. `put` resolves once they are safe. */
export interface LedgerKeeper {
  get(key: string): Promise<LedgerEntry | undefined>;
  put(entries: LedgerEntry[]): Promise<void>;
  all(): Promise<LedgerEntry[]>;
}

export class Ledger {
  private readonly waiting = new Map<string, LedgerEntry>();
  private writing: Promise<unknown> = Promise.resolve();
  private next?: Promise<void>;

  constructor(private readonly keeper: LedgerKeeper) {}

  async find(key: string): Promise<LedgerEntry | undefined> {
    return this.waiting.get(key) ?? this.keeper.get(key);
  }

  /** Resolves once the entry is safe. Entries that come while a write is under way go together in the next. */
  put(entry: LedgerEntry): Promise<void> {
    this.waiting.set(entry.key, entry);
    this.next ??= this.writing.then(() => this.write());
    return this.next;
  }

  /** In order of key. */
  all(): Promise<LedgerEntry[]> {
    return this.keeper.all();
  }

  private write(): Promise<void> {
    this.next = undefined;
    const entries = [...this.waiting.values()];
    const written = this.keeper.put(entries).finally(() => {
      for (const entry of entries) if (this.waiting.get(entry.key) === entry) this.waiting.delete(entry.key);
    });
    this.writing = written.catch(() => {});
    return written;
  }
}

/** A ledger that lives as long as the process. */
export function ledgerInMemory(entries: Iterable<LedgerEntry> = []): Ledger {
  const rows = new Map([...entries].map((entry) => [entry.key, entry]));
  return new Ledger({
    get: async (key) => rows.get(key),
    put: async (more) => more.forEach((entry) => rows.set(entry.key, entry)),
    all: async () => [...rows.values()].sort((a, b) => (a.key < b.key ? -1 : 1)),
  });
}

export interface Spent {
  /** Requests that left, each try counted. */
  tries: number;
  answered: number;
  failed: number;
  inputTokens: number;
  outputTokens: number;
  /** US dollars of the answered calls whose price is known. */
  money: number;
  /** Answered calls of unknown price. */
  unpriced: number;
  /** The most that tries without a reply may have cost on top. */
  unheard: { tries: number; tokens: number; money: number };
}

/** The sums of some entries. Those that came in a file were paid for elsewhere, and are left out. */
export function spentOn(entries: Iterable<LedgerEntry>): Spent {
  const spent: Spent = {
    tries: 0, answered: 0, failed: 0, inputTokens: 0, outputTokens: 0, money: 0, unpriced: 0, unheard: { tries: 0, tokens: 0, money: 0 },
  };
  for (const entry of entries) {
    if (entry.imported) continue;
    spent.tries += entry.tries;
    spent.answered += entry.state === 'answered' ? 1 : 0;
    spent.failed += entry.state === 'failed' ? 1 : 0;
    spent.inputTokens += entry.inputTokens ?? 0;
    spent.outputTokens += entry.outputTokens ?? 0;
    spent.money += entry.money ?? 0;
    spent.unpriced += entry.state === 'answered' && entry.money === undefined ? 1 : 0;
    spent.unheard.tries += entry.unheard?.tries ?? 0;
    spent.unheard.tokens += entry.unheard?.tokens ?? 0;
    spent.unheard.money += entry.unheard?.money ?? 0;
  }
  return spent;
}
