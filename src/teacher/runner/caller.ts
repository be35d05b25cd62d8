/**
 * Sends calls to a provider with care: never twice for one answer, within limits and budget, again where that helps, and all of it
 * in the ledger. A call is entered before it leaves and again when its reply is there: what a killed studio can lose is the
 * replies of the calls in flight, and the ledger names those.
 */
import { realClock, type Clock } from '../../core/clock';
import { within } from '../../core/deadline';
import { errorRecord } from '../../core/errors';
import type { CallThrough, TaskCall } from '../callThrough';
import type { ChatProvider, ChatReply, ChatRequest } from '../chat';
import { TeacherFailure } from '../failure';
import type { Teacher } from '../types';
import { callKey, type LedgerEntry } from '../ledger/entry';
import { spentOn, type Ledger, type Spent } from '../ledger/ledger';
import { Budget, type Cost } from './budget';
import { mostTokens } from './forecast';
import type { Limits } from './limits';
import { costOf, priceWhere, type Price } from './prices';
import { RateWindow } from './rateWindow';
import { mayHaveCost, quietFor, waitBefore } from './retry';
import { Slots } from './slots';

/** A teacher at work on a job; one that sends anything has a caller. */
export interface WorkingTeacher extends Teacher {
  /** Rows worth having under way; one where absent. */
  rowsAtOnce?: number;
  caller?: Caller;
  /** Scores steps in its place: a reward model. */
  scorer?: WorkingTeacher;
}

export interface CallerOptions {
  ledger: Ledger;
  limits: Limits;
  projectId: string;
  /** Of the provider's model; a provider on this machine is free. */
  price?: Price;
  /** Of the waits between tries. */
  seed?: number;
  clock?: Clock;
}

export class Caller {
  /** Replies that came from the ledger, or from the same request under way. */
  hits = 0;
  private readonly clock: Clock;
  private readonly price?: Price;
  private readonly slots: Slots;
  private readonly rate: RateWindow;
  private readonly underWay = new Map<string, Promise<ChatReply>>();
  private readonly again = new Map<string, number>();
  /** No call leaves before this: a server asked for quiet. */
  private quietUntil = -Infinity;

  private constructor(
    private readonly provider: ChatProvider, private readonly options: CallerOptions, private readonly budget: Budget, readonly mine: Map<string, LedgerEntry>,
  ) {
    const { limits } = options;
    this.clock = options.clock ?? realClock;
    this.price = priceWhere(options.price, provider.remote);
    this.slots = new Slots(limits.concurrency);
    this.rate = new RateWindow(limits, this.clock);
  }

  /** Reads what the project has spent so far: its budget counts from there. */
  static async open(provider: ChatProvider, options: CallerOptions): Promise<Caller> {
    const mine = (await options.ledger.all()).filter((entry) => entry.projectId === options.projectId && !entry.imported);
    const { inputTokens, outputTokens, money, unheard } = spentOn(mine);
    const before = { tokens: inputTokens + outputTokens + unheard.tokens, money: money + unheard.money };
    const budget = new Budget(options.limits.budget ?? {}, before);
    return new Caller(provider, options, budget, new Map(mine.map((entry) => [entry.key, entry])));
  }

  /** Rows worth having under way: more than leave at once, so that one that waits for its next try holds up no other. */
  get rowsAtOnce(): number {
    return 2 * this.options.limits.concurrency;
  }

  /** What the project has spent at this provider and others, in all sessions. */
  get spent(): Spent {
    return spentOn(this.mine.values());
  }

  /** Whether calls have a known price. */
  get priced(): boolean {
    return this.price !== undefined;
  }

  /** Who is asked, and the sums so far. */
  get told(): { recipient: string; tries: number; tokens: number; money?: number } {
    const { tries, inputTokens, outputTokens, money } = this.spent;
    return { recipient: this.provider.recipient, tries, tokens: inputTokens + outputTokens, money: this.priced ? money : undefined };
  }

  /** Replies about this row recorded up to `since` (milliseconds since 1970) were not good enough: it is asked anew. */
  askAgain(row: string, since: number): void {
    this.again.set(row, since);
  }

  /** The way a chat teacher calls, for one job. */
  through(signal: AbortSignal): CallThrough {
    return (call, request) => this.call(call, request, signal);
  }

  private async call(call: TaskCall, request: ChatRequest, signal: AbortSignal): Promise<ChatReply> {
    const key = callKey(this.provider.recipient, request);
    for (;;) {
      signal.throwIfAborted();
      const other = this.underWay.get(key);
      if (!other) break;
      const reply = await other.catch((thrown: unknown) => {
        // Ended by its own job; this one goes on by itself.
        if (errorRecord(thrown).code !== 'cancelled') throw thrown;
      });
      if (reply) {
        this.hits++;
        return reply;
      }
    }
    const reply = this.findOrSend(key, call, request, signal);
    this.underWay.set(key, reply);
    try {
      return await reply;
    } finally {
      this.underWay.delete(key);
    }
  }

  private async findOrSend(key: string, call: TaskCall, request: ChatRequest, signal: AbortSignal): Promise<ChatReply> {
    const entry = await this.options.ledger.find(key);
    const recorded = entry && recordedReply(entry);
    if (recorded && (entry.endedAt ?? 0) > (this.again.get(call.row ?? '') ?? -Infinity)) {
      this.hits++;
      return recorded;
    }
    const fresh: LedgerEntry = entry && !entry.imported ? entry : {
      key, state: 'sent', task: call.task, promptVersion: call.promptVersion, row: call.row, projectId: this.options.projectId,
      recipient: this.provider.recipient, remote: this.provider.remote, tries: 0, firstSentAt: this.clock.now(),
    };
    return this.send(fresh, request, signal);
  }

  private async send(before: LedgerEntry, request: ChatRequest, signal: AbortSignal): Promise<ChatReply> {
    const { limits, seed = 0 } = this.options;
    for (let tried = 1, entry = before; ; tried++) {
      const ended = await this.slots.run(() => this.tryOnce(entry, request, signal), signal);
      // Outside its slot: the next call need not wait for the disk.
      await this.enter(ended.entry);
      if ('reply' in ended) return ended.reply;
      entry = ended.entry;
      const delay = signal.aborted ? undefined : waitBefore(tried + 1, ended.thrown, limits, entry.key, seed);
      if (delay === undefined) throw ended.thrown;
      await this.clock.wait(delay, signal);
    }
  }

  /** One request and how it ended, with the entry to be kept. */
  private async tryOnce(
    before: LedgerEntry, request: ChatRequest, signal: AbortSignal,
  ): Promise<{ reply: ChatReply; entry: LedgerEntry } | { thrown: unknown; entry: LedgerEntry }> {
    const most = this.most(request);
    await this.quiet(signal);
    const settle = await this.budget.reserve(most, signal);
    let actual: Cost = { tokens: 0, money: 0 };
    try {
      const sending = await this.rate.enter(most.tokens, signal);
      const sent: LedgerEntry = { ...before, state: 'sent', tries: before.tries + 1, unheard: more(before.unheard, most), error: undefined };
      await this.enter(sent);
      const startedAt = this.clock.elapsed();
      const timed = () => ({ endedAt: this.clock.now(), milliseconds: this.clock.elapsed() - startedAt });
      try {
        const reply = await within(
          this.options.limits.timeoutMs, signal, () => new TeacherFailure('teacher-timeout'), (stop) => this.provider.chat(request, { signal: stop }), this.clock,
        );
        const counted = reply.inputTokens + reply.outputTokens > 0;
        actual = counted ? this.costOf(reply) : most;
        // A server that does not count is taken to have used the most it could.
        const unheard = counted ? before.unheard : sent.unheard;
        return { reply, entry: { ...answered(sent, before, reply, counted ? actual.money : undefined), unheard, ...timed() } };
      } catch (thrown) {
        const costly = mayHaveCost(thrown);
        if (costly) actual = most;
        this.quietUntil = Math.max(this.quietUntil, this.clock.elapsed() + quietFor(thrown));
        const unheard = costly ? sent.unheard : before.unheard;
        return { thrown, entry: { ...sent, state: 'failed', unheard, error: errorRecord(thrown).code, ...timed() } };
      } finally {
        this.rate.settle(sending, actual.tokens);
      }
    } finally {
      settle(actual);
    }
  }

  private async enter(entry: LedgerEntry): Promise<void> {
    await this.options.ledger.put(entry);
    this.mine.set(entry.key, entry);
  }

  private async quiet(signal: AbortSignal): Promise<void> {
    for (let left; (left = this.quietUntil - this.clock.elapsed()) > 0; ) await this.clock.wait(left, signal);
  }

  private most(request: ChatRequest): Cost {
    const { input, output } = mostTokens(request);
    return { tokens: input + output, money: this.price && costOf(this.price, input, output) };
  }

  private costOf({ inputTokens, outputTokens }: ChatReply): Cost {
    return { tokens: inputTokens + outputTokens, money: this.price && costOf(this.price, inputTokens, outputTokens) };
  }
}

function recordedReply({ state, reply, inputTokens = 0, outputTokens = 0, finish = 'other', model = '' }: LedgerEntry): ChatReply | undefined {
  return state === 'answered' && reply !== undefined ? { text: reply, inputTokens, outputTokens, finish, model } : undefined;
}

function answered(
  sent: LedgerEntry, before: LedgerEntry, { text, inputTokens, outputTokens, finish, model }: ChatReply, money: number | undefined,
): LedgerEntry {
  // An answer asked for again was paid for both times.
  return {
    ...sent, state: 'answered', reply: text, finish, model,
    inputTokens: (before.inputTokens ?? 0) + inputTokens, outputTokens: (before.outputTokens ?? 0) + outputTokens,
    money: money === undefined ? before.money : (before.money ?? 0) + money,
  };
}

function more(unheard: LedgerEntry['unheard'], { tokens, money }: Cost): LedgerEntry['unheard'] {
  const sum = money === undefined ? unheard?.money : (unheard?.money ?? 0) + money;
  return { tries: (unheard?.tries ?? 0) + 1, tokens: (unheard?.tokens ?? 0) + tokens, money: sum };
}
