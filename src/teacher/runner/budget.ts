/** A budget that stops before it is passed: the most a call can cost is set aside before it leaves. */
import { StudioError } from '../../core/errors';

/** Tokens and US dollars; money is undefined where the price is not known. */
export interface Cost {
  tokens: number;
  money?: number;
}

export class Budget {
  private tokens: number;
  private money: number;
  private open = 0;
  private readonly settled = new Set<() => void>();

  /** @param before what the project spent in earlier sessions, what may have been spent unheard counted in. */
  constructor(private readonly limit: { money?: number; tokens?: number }, before: Cost = { tokens: 0, money: 0 }) {
    this.tokens = before.tokens;
    this.money = before.money ?? 0;
  }

  /**
   * Sets `most` aside, waiting for calls under way to turn out cheaper if need be; returns the way to settle it for what it did
   * cost. Throws `teacher-budget` when the rest cannot cover it, `teacher-no-price` when the budget is in money and there is no price.
   */
  async reserve(most: Cost, signal: AbortSignal): Promise<(actual: Cost) => void> {
    if (this.limit.money !== undefined && most.money === undefined) {
      throw new StudioError('teacher-no-price', 'There is a budget in money, but no price for this model.', {
        kept: 'Nothing was sent.', remedy: 'Enter the model’s price, or set a budget in tokens.',
      });
    }
    while (!this.fits(most)) {
      if (this.open === 0) throw this.spent();
      await this.nextSettled(signal);
    }
    this.add(most, 1);
    this.open++;
    return (actual) => {
      this.add(most, -1);
      this.add(actual, 1);
      this.open--;
      for (const wake of [...this.settled]) wake();
    };
  }

  private fits(most: Cost): boolean {
    const { money = Infinity, tokens = Infinity } = this.limit;
    // Sums of many small amounts may end a rounding error above a limit that they meet.
    return this.tokens + most.tokens <= tokens && this.money + (most.money ?? 0) <= money + 1e-9;
  }

  private add({ tokens, money = 0 }: Cost, sign: 1 | -1): void {
    this.tokens += sign * tokens;
    this.money += sign * money;
  }

  private nextSettled(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      signal.throwIfAborted();
      const wake = () => {
        this.settled.delete(wake);
        signal.removeEventListener('abort', stop);
        resolve();
      };
      const stop = () => {
        this.settled.delete(wake);
        reject(signal.reason as Error);
      };
      this.settled.add(wake);
      signal.addEventListener('abort', stop, { once: true });
    });
  }

  private spent(): StudioError {
    const { money, tokens } = this.limit;
    const limit = [money === undefined ? [] : `${money} US dollars`, tokens === undefined ? [] : `${tokens} tokens`].flat().join(', ');
    return new StudioError('teacher-budget', 'The budget would not cover another call.', {
      where: `budget: ${limit}`, kept: 'All replies that came are kept.', remedy: 'Raise the budget and start again: it goes on from there.',
    });
  }
}
