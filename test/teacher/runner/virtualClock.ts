// A clock that jumps: time passes only when everything that could happen now has happened and somebody waits.
import type { Clock } from '../../../src/core/clock';

interface Sleeper {
  at: number;
  wake(): void;
}

export class VirtualClock implements Clock {
  private time = 0;
  private readonly sleepers = new Set<Sleeper>();
  private running = false;

  now = () => 1_700_000_000_000 + this.time;
  elapsed = () => this.time;

  wait = (milliseconds: number, signal?: AbortSignal): Promise<void> => new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const sleeper = { at: this.time + Math.max(0, milliseconds), wake: () => { signal?.removeEventListener('abort', stop); resolve(); } };
    const stop = () => { this.sleepers.delete(sleeper); reject(signal?.reason as Error); };
    signal?.addEventListener('abort', stop, { once: true });
    this.sleepers.add(sleeper);
    void this.run();
  });

  private async run(): Promise<void> {
    if (this.running) return;
    this.running = true;
    while (this.sleepers.size > 0) {
      // Whatever can go on without time passing goes on first.
      for (let i = 0; i < 3; i++) await new Promise((resolve) => setImmediate(resolve));
      const next = [...this.sleepers].sort((a, b) => a.at - b.at)[0];
      if (!next) break;
      this.time = Math.max(this.time, next.at);
      this.sleepers.delete(next);
      next.wake();
    }
    this.running = false;
  }
}
