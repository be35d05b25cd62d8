/** Rate limits kept exactly: in no minute do more requests or tokens leave than allowed. */
import type { Clock } from '../../core/clock';

const MINUTE_MS = 60_000;

/** One request that left: its tokens are the most it can cost until it is known what it did. */
export interface Sending {
  at: number;
  tokens: number;
}

export class RateWindow {
  private sent: Sending[] = [];
  private turn: Promise<unknown> = Promise.resolve();
  /** Ends the sleep of the first in line early. */
  private wake = () => {};

  constructor(
    private readonly limits: { requestsPerMinute?: number; tokensPerMinute?: number }, private readonly clock: Clock,
  ) {}

  /** Resolves when a request of up to `tokens` may leave; requests leave in the order they asked. */
  enter(tokens: number, signal: AbortSignal): Promise<Sending> {
    const entered = this.turn.then(() => this.wait(tokens, signal));
    this.turn = entered.catch(() => {});
    return entered;
  }

  private async wait(tokens: number, signal: AbortSignal): Promise<Sending> {
    for (;;) {
      signal.throwIfAborted();
      const at = this.clock.elapsed();
      const delay = this.delay(at, tokens);
      if (delay <= 0) {
        const sending = { at, tokens };
        this.sent.push(sending);
        return sending;
      }
      await this.sleep(delay, signal);
    }
  }

  /** What a request did cost: less than feared, and the next may leave sooner. */
  settle(sending: Sending, tokens: number): void {
    sending.tokens = tokens;
    this.wake();
  }

  private async sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
    const early = new AbortController();
    this.wake = () => early.abort();
    signal.addEventListener('abort', this.wake, { once: true });
    await this.clock.wait(milliseconds, early.signal).catch(() => signal.throwIfAborted());
    signal.removeEventListener('abort', this.wake);
    this.wake = () => {};
  }

  /** Milliseconds until a request of `tokens` fits; one larger than the limit itself leaves alone in its minute. */
  private delay(at: number, tokens: number): number {
    const { requestsPerMinute = Infinity, tokensPerMinute = Infinity } = this.limits;
    if (requestsPerMinute === Infinity && tokensPerMinute === Infinity) this.sent = [];
    const gone = this.sent.findIndex((sending) => sending.at > at - MINUTE_MS);
    if (gone !== 0) this.sent = gone < 0 ? [] : this.sent.slice(gone);
    let requests = this.sent.length;
    let sum = this.sent.reduce((all, sending) => all + sending.tokens, 0);
    let until = at;
    for (const sending of this.sent) {
      if (requests + 1 <= requestsPerMinute && sum + tokens <= tokensPerMinute) break;
      requests--;
      sum -= sending.tokens;
      until = sending.at + MINUTE_MS;
    }
    return until - at;
  }
}
