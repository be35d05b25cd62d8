// The ledger: safe writes that go together, files that may be anyone's, a recorded teacher that repeats itself word for word.
import { describe, expect, it } from 'vitest';
import { worldById } from '../../../src/data/worlds';
import type { LedgerEntry } from '../../../src/teacher/ledger/entry';
import { importLedger, ledgerLine } from '../../../src/teacher/ledger/jsonl';
import { Ledger, ledgerInMemory, spentOn } from '../../../src/teacher/ledger/ledger';
import { recordingTeacher, replayTeacher, replayThrough } from '../../../src/teacher/ledger/recorded';
import { rulesTeacher } from '../../../src/teacher/rules';

const entry = (key: string, more: Partial<LedgerEntry> = {}): LedgerEntry => ({
  key: key.padStart(16, '0'), state: 'answered', task: 'label', promptVersion: 'label@1', row: 'q1', projectId: 'p', recipient: 'https://a.example m',
  remote: true, tries: 1, firstSentAt: 1, endedAt: 2, reply: 'yes', finish: 'stop', model: 'm', inputTokens: 3, outputTokens: 4, money: 0.5, ...more,
});

describe('the ledger', () => {
  it('writes what comes during a write together in the next, and is sure of each', async () => {
    const batches: string[][] = [];
    const rows = new Map<string, LedgerEntry>();
    const ledger = new Ledger({
      get: async (key) => rows.get(key),
      async put(entries) {
        batches.push(entries.map(({ key }) => key.slice(-1)));
        await new Promise((resolve) => setTimeout(resolve, 1));
        for (const each of entries) rows.set(each.key, each);
      },
      all: async () => [...rows.values()],
    });
    await Promise.all(['1', '2', '3', '4'].map(async (key) => {
      await ledger.put(entry(key));
      expect(rows.has(entry(key).key)).toBe(true);
      await ledger.put(entry(key, { reply: 'again' }));
    }));
    expect(batches).toEqual([['1', '2', '3', '4'], ['1', '2', '3', '4']]);
    expect((await ledger.find(entry('1').key))?.reply).toBe('again');
  });

  it('tells of a write that failed, and goes on with the next', async () => {
    let full = true;
    const rows = new Map<string, LedgerEntry>();
    const ledger = new Ledger({
      get: async (key) => rows.get(key),
      async put(entries) {
        if (full) throw new Error('full');
        for (const each of entries) rows.set(each.key, each);
      },
      all: async () => [...rows.values()],
    });
    await expect(ledger.put(entry('1'))).rejects.toThrow('full');
    expect(await ledger.find(entry('1').key)).toBeUndefined();
    full = false;
    await ledger.put(entry('2'));
    expect(rows.size).toBe(1);
  });

  it('sums what was spent, without what was paid elsewhere', () => {
    const failed = entry('2', { state: 'failed', reply: undefined, inputTokens: undefined, outputTokens: undefined, money: undefined, tries: 3, unheard: { tries: 2, tokens: 100, money: 1 } });
    expect(spentOn([entry('1'), failed, entry('3', { imported: true }), entry('4', { money: undefined })])).toEqual({
      tries: 5, answered: 2, failed: 1, inputTokens: 6, outputTokens: 8, money: 0.5, unpriced: 1, unheard: { tries: 2, tokens: 100, money: 1 },
    });
  });
});

describe('a ledger file', () => {
  it('comes back as it was, marked as imported', async () => {
    const entries = [entry('1', { reply: 'two\nlines, "quotes" and \u2028' }), entry('2', { unheard: { tries: 1, tokens: 5 } })];
    const ledger = ledgerInMemory();
    expect(await importLedger(ledger, entries.map(ledgerLine))).toEqual({ added: 2, known: 0, problems: [] });
    expect(await ledger.all()).toEqual(entries.map((each) => ({ ...each, imported: true })));
  });

  it('never replaces an answer of one’s own', async () => {
    const ledger = ledgerInMemory([entry('1'), entry('2', { state: 'sent', reply: undefined })]);
    const lines = [ledgerLine(entry('1', { reply: 'forged' })), ledgerLine(entry('2'))];
    expect(await importLedger(ledger, lines)).toMatchObject({ added: 1, known: 1 });
    expect((await ledger.all()).map(({ reply }) => reply)).toEqual(['yes', 'yes']);
  });

  it('leaves out whatever is no answered entry, and says which line', async () => {
    const bad = ['not json', '[]', '{"key":"x"}', ledgerLine(entry('1', { key: '../../../../etc' })), ledgerLine(entry('1', { state: 'sent' })),
      ledgerLine(entry('1', { reply: 'x'.repeat(400_001) })), 'x'.repeat(900_000), ledgerLine(entry('1', { money: -1 }))];
    const ledger = ledgerInMemory();
    const told = await importLedger(ledger, [...bad, '', ledgerLine(entry('9'))]);
    expect(told.problems.map(({ line }) => line)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(told.added).toBe(1);
    expect((await ledger.all()).length).toBe(1);
  });
});

describe('a recorded teacher', () => {
  const { skills } = worldById('A');
  const [first, second] = worldById('A').splits(0).validation;

  it('is asked once, and repeated word for word without it', async () => {
    const ledger = ledgerInMemory();
    const rules = rulesTeacher('A');
    let asked = 0;
    const counted = { ...rules, label: (request: Parameters<typeof rules.label>[0]) => (asked++, rules.label(request)) };
    const teacher = recordingTeacher(counted, ledger, 'p');
    const judged = { question: first.question, response: `${first.answer}9`, skills };
    const label = await teacher.label({ question: first.question, skills, row: 'a' });
    const judgement = await teacher.judge(judged);
    expect(await teacher.label({ question: first.question, skills, row: 'b' })).toEqual(label);
    expect(asked).toBe(1);
    expect(label.skills.length).toBeGreaterThan(0);
    const [{ recipient }] = await ledger.all();
    const replayed = replayTeacher(ledger, recipient);
    expect(await replayed.label({ question: first.question, skills })).toMatchObject(label);
    expect(await replayed.judge(judged)).toMatchObject(judgement);
    expect(replayed.name).toBe(rules.name);
    await expect(replayed.label({ question: second.question, skills, row: 'val-7' })).rejects
      .toMatchObject({ code: 'teacher-not-recorded', where: expect.stringMatching(/^label val-7, request [0-9a-f]{16} to here: Rules for world A$/) as string });
    await expect(replayed.judge({ ...judged, response: 'other' })).rejects.toMatchObject({ code: 'teacher-not-recorded' });
  });

  it('may be a chat model: only what it once replied', async () => {
    const through = replayThrough(ledgerInMemory(), 'https://a.example m');
    const call = { task: 'judge' as const, promptVersion: 'judge@1', row: 'q4', repair: false };
    await expect(through(call, { messages: [{ role: 'user', content: 'x' }], maxTokens: 1, temperature: 0 })).rejects
      .toMatchObject({ code: 'teacher-not-recorded', where: expect.stringContaining('judge q4') as string });
  });
});
