// Calls with care: what is paid is kept, limits hold in every minute, failures are tried again as the server asks, budgets stop before.
import { describe, expect, it } from 'vitest';
import type { ChatProvider } from '../../../src/teacher/chat';
import { TeacherFailure } from '../../../src/teacher/failure';
import { ledgerInMemory, type Ledger } from '../../../src/teacher/ledger/ledger';
import { Caller, type CallerOptions } from '../../../src/teacher/runner/caller';
import { defaultLimits, type Limits } from '../../../src/teacher/runner/limits';
import { VirtualClock } from './virtualClock';
import { request, scripted } from './scripted';

const CALL = { task: 'label' as const, promptVersion: 'label@1', row: 'q1', repair: false };
const running = () => new AbortController().signal;

async function caller(
  provider: ChatProvider, clock: VirtualClock, limits: Partial<Limits> = {}, more: Partial<CallerOptions> = {},
): Promise<{ ask: (text: string, row?: string) => Promise<string>; desk: Caller; ledger: Ledger }> {
  const ledger = more.ledger ?? ledgerInMemory();
  const desk = await Caller.open(provider, { limits: { ...defaultLimits, ...limits }, projectId: 'p', clock, ...more, ledger });
  const call = desk.through(running());
  return { desk, ledger, ask: async (text, row = text) => (await call({ ...CALL, row }, request(text))).text };
}

const many = (n: number) => Array.from({ length: n }, (_, i) => `text ${i}`);

describe('a caller', () => {
  it('asks once for one answer: in flight, from the ledger, and in the next session', async () => {
    const clock = new VirtualClock();
    const provider = scripted(clock, 100);
    const first = await caller(provider, clock);
    expect(await Promise.all([first.ask('a', '1'), first.ask('a', '2'), first.ask('b')])).toEqual(['reply to a', 'reply to a', 'reply to b']);
    expect(await first.ask('a', '3')).toBe('reply to a');
    const second = await caller(provider, clock, {}, { ledger: first.ledger, projectId: 'other' });
    expect(await second.ask('b')).toBe('reply to b');
    expect(provider.sent.map(({ text }) => text)).toEqual(['a', 'b']);
    expect([first.desk.hits, second.desk.hits]).toEqual([2, 1]);
    const [entry] = await first.ledger.all();
    expect(entry).toMatchObject({ state: 'answered', task: 'label', promptVersion: 'label@1', projectId: 'p', tries: 1, remote: true, inputTokens: 10, outputTokens: 5, milliseconds: 100 });
    expect(entry.unheard).toBeUndefined();
  });

  it('takes a changed request, prompt, model or recipient for another', async () => {
    const clock = new VirtualClock();
    const ledger = ledgerInMemory();
    for (const recipient of ['https://a.example m1', 'https://a.example m2']) {
      const { desk } = await caller(scripted(clock, 1, undefined, { recipient }), clock, {}, { ledger });
      for (const more of [{}, { temperature: 1 }, { seed: 2 }, { system: 'x' }]) await desk.through(running())(CALL, { ...request('a'), ...more });
    }
    expect((await ledger.all()).length).toBe(8);
  });

  it('never has more under way than it may', async () => {
    const clock = new VirtualClock();
    const provider = scripted(clock, 100);
    const { ask } = await caller(provider, clock, { concurrency: 7 });
    await Promise.all(many(50).map((text) => ask(text)));
    expect(provider.mostAtOnce).toBe(7);
    expect(clock.elapsed()).toBe(800);
  });

  it('sends no more requests and tokens in any minute than allowed, and is no slower than that', async () => {
    for (const limits of [{ requestsPerMinute: 20 }, { tokensPerMinute: 300 }]) {
      const clock = new VirtualClock();
      const provider = scripted(clock, 100);
      const { ask } = await caller(provider, clock, { concurrency: 4, ...limits });
      await Promise.all(many(60).map((text) => ask(text)));
      for (const { at } of provider.sent) {
        const minute = provider.sent.filter((other) => other.at >= at && other.at < at + 60_000);
        expect(minute.length).toBeLessThanOrEqual(20);
      }
      expect(provider.sent.length).toBe(60);
      expect(clock.elapsed()).toBeLessThan(limits.requestsPerMinute ? 121_000 : 250_000);
    }
  });

  it('lets a request larger than the token limit leave alone, rather than never', async () => {
    const clock = new VirtualClock();
    const provider = scripted(clock, 100);
    const { ask } = await caller(provider, clock, { tokensPerMinute: 10 });
    await Promise.all([ask('a'), ask('b')]);
    expect(provider.sent.map(({ at }) => at)).toEqual([0, 60_000]);
  });

  it('waits as long as the server asks, and keeps the others quiet too', async () => {
    const clock = new VirtualClock();
    const provider = scripted(clock, 100, (_, n) => (n === 0 ? new TeacherFailure('teacher-rate-limit', {}, 5000) : {}));
    const { ask } = await caller(provider, clock, { concurrency: 1 });
    await Promise.all([ask('a'), ask('b')]);
    expect(provider.sent.map(({ at }) => at)).toEqual([0, 5100, 5200]);
  });

  it('backs off with full jitter, the same for the same seed', async () => {
    const waits = async (seed: number) => {
      const clock = new VirtualClock();
      const provider = scripted(clock, 0, () => new TeacherFailure('teacher-server'));
      const { ask } = await caller(provider, clock, { tries: 8, backoffMs: 1000, longestBackoffMs: 10_000 }, { seed });
      await expect(ask('a')).rejects.toMatchObject({ code: 'teacher-server' });
      return provider.sent.slice(1).map(({ at }, i) => at - provider.sent[i].at);
    };
    const one = await waits(1);
    expect(one.length).toBe(7);
    one.forEach((ms, i) => expect(ms).toBeLessThanOrEqual(Math.min(10_000, 1000 * 2 ** i)));
    expect(await waits(1)).toEqual(one);
    expect(await waits(2)).not.toEqual(one);
    expect(new Set(one).size).toBe(7);
  });

  it('does not repeat what cannot succeed', async () => {
    const clock = new VirtualClock();
    for (const code of ['teacher-bad-key', 'teacher-unknown-model', 'teacher-quota', 'teacher-cors', 'teacher-too-long'] as const) {
      const provider = scripted(clock, 1, () => new TeacherFailure(code));
      const { ask } = await caller(provider, clock);
      await expect(ask('a')).rejects.toMatchObject({ code });
      expect(provider.sent.length).toBe(1);
    }
  });

  it('does not wait for a server that asks for hours', async () => {
    const clock = new VirtualClock();
    const provider = scripted(clock, 1, () => new TeacherFailure('teacher-rate-limit', {}, 7_200_000));
    const { ask } = await caller(provider, clock);
    await expect(ask('a')).rejects.toMatchObject({ code: 'teacher-rate-limit' });
    expect(clock.elapsed()).toBe(1);
  });

  it('gives a try up after its time, and counts what it may have cost', async () => {
    const clock = new VirtualClock();
    const slow = { ...scripted(clock, 0), chat: async (_: unknown, { signal }: { signal: AbortSignal }) => clock.wait(1e9, signal) as never };
    const { ask, desk, ledger } = await caller(slow, clock, { tries: 2, timeoutMs: 3000, backoffMs: 1 }, { price: { input: 1, output: 10 } });
    await expect(ask('a')).rejects.toMatchObject({ code: 'teacher-timeout' });
    expect(clock.elapsed()).toBeLessThan(6002);
    const [entry] = await ledger.all();
    expect(entry).toMatchObject({ state: 'failed', tries: 2, error: 'teacher-timeout', unheard: { tries: 2 } });
    expect(desk.spent.unheard.money).toBeCloseTo((2 * (1 + 16 + 50 * 10)) / 1e6, 9);
  });

  it('goes on alone when the job that asked first is ended', async () => {
    const clock = new VirtualClock();
    const provider = scripted(clock, 100);
    const { desk } = await caller(provider, clock);
    const stop = new AbortController();
    const first = desk.through(stop.signal)(CALL, request('a')).catch((thrown: Error) => thrown.name);
    const second = desk.through(running())(CALL, request('a'));
    await new Promise((resolve) => setImmediate(resolve));
    stop.abort();
    expect(await first).toBe('AbortError');
    expect((await second).text).toBe('reply to a');
  });

  it('asks anew where the recorded reply was not good enough, once', async () => {
    const clock = new VirtualClock();
    const provider = scripted(clock, 100);
    const { ask, desk, ledger } = await caller(provider, clock, {}, { price: { input: 1, output: 1 } });
    await ask('a', '1');
    desk.askAgain('1', clock.now());
    await ask('a', '1');
    await ask('a', '1');
    expect(provider.sent.length).toBe(2);
    expect((await ledger.all())[0]).toMatchObject({ tries: 2, inputTokens: 20, outputTokens: 10 });
    expect(desk.spent.money).toBeCloseTo(30 / 1e6, 12);
  });
});

describe('a budget', () => {
  const price = { input: 1, output: 1 };

  it('is never passed, whatever replies cost, and most of it can be used', async () => {
    const clock = new VirtualClock();
    const provider = scripted(clock, 100, (_, n) => ({ inputTokens: 20 + (n % 7), outputTokens: n % 50 }));
    const { ask, desk } = await caller(provider, clock, { concurrency: 16, budget: { money: 5000 / 1e6 } }, { price });
    const ended = await Promise.allSettled(many(300).map((text) => ask(text)));
    const refused = ended.flatMap((result) => (result.status === 'rejected' ? [(result.reason as { code: string }).code] : []));
    expect(new Set(refused)).toEqual(new Set(['teacher-budget']));
    expect(desk.spent.money).toBeLessThanOrEqual(5000 / 1e6);
    // One more call at its worst would not have fitted.
    expect(desk.spent.money).toBeGreaterThan((5000 - 80) / 1e6);
    expect(desk.spent.answered).toBe(provider.sent.length);
  });

  it('counts what earlier sessions spent, and what they may have spent unheard', async () => {
    const clock = new VirtualClock();
    const ledger = ledgerInMemory();
    const limits = { tries: 1, budget: { tokens: 120 } };
    const first = await caller(scripted(clock, 1, () => new TeacherFailure('teacher-cut')), clock, limits, { ledger });
    await expect(first.ask('a')).rejects.toMatchObject({ code: 'teacher-cut' });
    const second = await caller(scripted(clock, 1), clock, limits, { ledger });
    await expect(second.ask('b')).rejects.toMatchObject({ code: 'teacher-budget' });
    const other = await caller(scripted(clock, 1), clock, limits, { ledger, projectId: 'other' });
    expect(await other.ask('b')).toBe('reply to b');
  });

  it('in money needs a price; a teacher on this machine costs nothing', async () => {
    const clock = new VirtualClock();
    const budget = { money: 0 };
    const unknown = scripted(clock, 1);
    await expect((await caller(unknown, clock, { budget })).ask('a')).rejects.toMatchObject({ code: 'teacher-no-price' });
    expect(unknown.sent).toEqual([]);
    expect(await (await caller(scripted(clock, 1, undefined, { remote: false }), clock, { budget })).ask('a')).toBe('reply to a');
  });

  it('takes a server that does not count to have used the most', async () => {
    const clock = new VirtualClock();
    const provider = scripted(clock, 1, () => ({ inputTokens: 0, outputTokens: 0 }));
    const { ask, desk } = await caller(provider, clock, { concurrency: 1, budget: { tokens: 100 } });
    await ask('a');
    await expect(ask('b')).rejects.toMatchObject({ code: 'teacher-budget' });
    expect(desk.spent.tries).toBe(1);
  });
});
