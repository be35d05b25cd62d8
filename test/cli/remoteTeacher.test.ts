// @vitest-environment node
// `label` and `profile` with a teacher on a server: what is sent, what is kept, what stops them, and that nothing is paid for twice.
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ChatServer } from '../teacher/chatServer';
import { temporaryFolder } from '../studio/tinyProject';
import { document, type Ended, stat } from './commandLine';

const key = 'sk-commandline-3f1e88c0a7b2d9';
const ROWS = 24;
const server = new ChatServer(key);
let address: string;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
const file = (name: string) => join(folder.path, name);
const lines = (rows: readonly object[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join('');
const linesOf = async <T>(path: string) => (await readFile(path, 'utf8')).split('\n').filter(Boolean).map((line) => JSON.parse(line) as T);
const questions = Array.from({ length: ROWS }, (_, i) => ({ id: `q${i}`, question: `what is ${i + 11}+12`, answer: `${i + 23}`, skills: ['adding'] }));

beforeAll(async () => {
  address = await server.start();
  folder = await temporaryFolder();
  await writeFile(file('rows.jsonl'), lines(questions));
  await writeFile(file('skills.json'), JSON.stringify(['adding', { name: 'carrying', description: 'a sum above nine' }]));
  const responses = questions.map(({ id }, i) => ({ questionId: id, text: `the answer of ${id}`, correct: i >= 10 }));
  await writeFile(file('evaluation.json'), JSON.stringify({ responses }));
  process.env.REMOTE_KEY = key;
});
beforeEach(() => {
  server.asked = [];
  server.nonsense = undefined;
});
afterAll(async () => {
  delete process.env.REMOTE_KEY;
  await server.stop();
  await folder.remove();
});

const asked = (...more: string[]) => ['--json', '--data', file('rows.jsonl'), '--skills', file('skills.json'), '--teacher', address, '--model', 'small', '--key-env', 'REMOTE_KEY', ...more];
const label = (...more: string[]) => stat(['label', ...asked(...more)]);
const profile = (...more: string[]) => stat(['profile', ...asked('--responses', file('evaluation.json'), ...more)]);
const codeOf = (ended: Ended) => (document(ended).error as { code: string }).code;

/** The key is in no file of the folder and in nothing that was printed. */
async function expectNoKey(ended: Ended, out: string): Promise<void> {
  expect(ended.stdout + ended.stderr).not.toContain(key);
  for (const name of await readdir(file(out))) {
    if (/\.(jsonl?|md)$/.test(name)) expect(await readFile(join(file(out), name), 'utf8'), name).not.toContain(key);
  }
}

describe('label', { timeout: 120_000 }, () => {
  it('shows with --dry-run what would leave, and sends nothing', async () => {
    const ended = await label('--dry-run', '--usd-in', '1', '--usd-out', '2');
    expect(ended.status).toBe(0);
    const told = document(ended) as { forecast: { requests: number; read: number; writtenAtMost: number; money: { least: number; most: number } }; sent: number; rows: number; recipient: string; request: { messages: { content: string }[] } };
    expect(told).toMatchObject({ sent: 0, rows: ROWS, recipient: `${new URL(address).origin} · small` });
    expect(told.request.messages[0].content).toContain(questions[0].question);
    const { requests, read, writtenAtMost, money } = told.forecast;
    expect([requests, money.least, money.most]).toEqual([ROWS, expect.closeTo(read / 1e6), expect.closeTo((read + 2 * writtenAtMost) / 1e6)]);
    expect(read).toBeGreaterThan(50 * ROWS);
    expect(server.asked).toEqual([]);
  });

  it('labels every row, or names it with its reason; again it pays for nothing but a retry', async () => {
    server.nonsense = { about: 'what is 15+12', reply: `no idea, ${key}` };
    const ended = await label('--out', file('labels'), '--limit', '20');
    expect(ended.status).toBe(0);
    expect(document(ended)).toMatchObject({ rows: 20, labelled: 19, failed: 1, failures: { 'reply-not-json': 1 }, teacher: { tries: 21 } });
    // The first request of each row, and the repair of one.
    expect(server.chats).toHaveLength(21);
    const labelled = await linesOf<{ id: string; skills: string[] }>(file('labels/labelled.jsonl'));
    expect(labelled.map(({ skills }) => skills)).toEqual(labelled.map(() => ['adding']));
    expect(await linesOf(file('labels/failures.jsonl'))).toMatchObject([{ row: 'q4', code: 'reply-not-json' }]);
    await expectNoKey(ended, 'labels');

    server.asked = [];
    server.nonsense = undefined;
    const resumed = await label('--out', file('labels'), '--resume');
    expect(document(resumed)).toMatchObject({ labelled: ROWS - 1, failed: 1 });
    expect(server.chats).toHaveLength(ROWS - 20);
    const retried = await label('--out', file('labels'), '--resume', '--retry-failed');
    expect(document(retried)).toMatchObject({ labelled: ROWS, failed: 0 });
    expect(server.chats).toHaveLength(ROWS - 20 + 1);
  });

  it('stops before a call that the budget does not cover, and goes on under a larger one', async () => {
    const tokens = (most: number) => ['--out', file('budget'), '--concurrency', '2', '--budget-tokens', String(most)];
    const stopped = await label(...tokens(2000));
    expect(stopped.status).toBe(1);
    expect(codeOf(stopped)).toBe('teacher-budget');
    const before = server.chats.length;
    expect(before).toBeGreaterThan(0);
    expect(before).toBeLessThan(ROWS);
    const ended = await label(...tokens(1_000_000), '--resume');
    expect(document(ended)).toMatchObject({ labelled: ROWS, failed: 0 });
    expect(server.chats).toHaveLength(ROWS);
    expect(new Set(server.chats).size).toBe(ROWS);
  });

  it('stops at a refused key and at one that is not there, and says neither', async () => {
    process.env.WRONG_KEY = `${key}x`;
    const refused = await label('--out', file('refused'), '--key-env', 'WRONG_KEY');
    expect([refused.status, codeOf(refused)]).toEqual([1, 'teacher-bad-key']);
    await expectNoKey(refused, 'refused');
    // Those under way when the first refusal came, and no more.
    expect(server.asked.length).toBeLessThanOrEqual(16);
    const absent = await label('--out', file('absent'), '--key-env', 'NOWHERE_TO_BE_FOUND');
    expect([absent.status, codeOf(absent)]).toEqual([1, 'cli-no-key']);
  });
});

describe('profile', { timeout: 120_000 }, () => {
  it('shows with --dry-run what would leave, and sends nothing', async () => {
    const ended = await profile('--dry-run');
    expect(document(ended)).toMatchObject({ sent: 0, rows: 10, recipient: `${new URL(address).origin} · small` });
    expect(ended.stdout).toContain('the answer of q0');
    expect(server.asked).toEqual([]);
  });

  it('judges the wrong answers only, counts the missing skills, and repeats itself from its ledger', async () => {
    const ended = await profile('--out', file('profile'));
    expect(ended.status).toBe(0);
    const told = document(ended) as { profile: { entries: { skill: string; count: number; carriers: number }[] } };
    expect(told).toMatchObject({ judged: 10, failed: 0 });
    expect(told.profile.entries.find(({ skill }) => skill === 'adding')).toMatchObject({ count: 10, carriers: ROWS });
    expect(server.chats).toHaveLength(10);
    await expectNoKey(ended, 'profile');
    const again = await profile('--out', file('profile'), '--resume');
    expect((document(again) as typeof told).profile).toEqual(told.profile);
    expect(server.chats).toHaveLength(10);
  });

  it('judges what the rule of difficulty flags, and says how well the rule finds the wrong answers', async () => {
    // Of each question three samples, the first its answer: q0 to q9 wrong, q8 to q11 in three wordings, q0 to q3 long, q2 to q13 unsure.
    const among = (i: number, from: number, to: number) => i >= from && i <= to;
    const responses = questions.flatMap(({ id }, i) => [0, 1, 2].map((sample) => ({
      questionId: id, text: among(i, 0, 3) ? 'a b c d e f' : `${id} is it`, correct: i >= 10, extracted: among(i, 8, 11) ? `${sample}` : '7',
    })));
    await writeFile(file('sampled.json'), JSON.stringify({ responses }));
    server.sure = (text) => (/what is (1[3-9]|2[0-4])\+12/.test(text) ? 0.5 : 1);
    const by = async (kind: string, ...more: string[]) => {
      server.asked = [];
      const ended = await stat(['profile', ...asked('--responses', file('sampled.json'), '--out', file(`by-${kind}`), '--difficulty', kind, ...more)]);
      expect(ended.status, ended.stderr).toBe(0);
      const { difficult, rules } = document(ended) as { difficult: number; rules: { rule: { kind: string }; flagged: number; detection: { precision: number; recall: number } }[] };
      const { flagged, detection } = rules.find(({ rule }) => rule.kind === kind) as (typeof rules)[number];
      expect(flagged).toBe(difficult);
      return [difficult, server.chats.length, detection.precision, detection.recall];
    };
    expect(await by('length', '--words', '6')).toEqual([4, 4, 1, 0.4]);
    expect(await by('consistency', '--below', '2')).toEqual([4, 4, 0.5, 0.2]);
    // Each answer's steps are scored before those flagged are judged; q2 and q3 are long and unsure alike.
    expect(await by('process', '--tau1', '0.6')).toEqual([12, ROWS + 12, 8 / 12, 0.8]);
    const unflagged = await stat(['profile', ...asked('--responses', file('sampled.json'), '--out', file('by-none'), '--difficulty', 'process', '--tau1', '0.4', '--tau2', '0.4')]);
    expect(document(unflagged)).toMatchObject({ difficult: 0, judged: 0 });
  });

  it('stops before a call that the budget does not cover', async () => {
    const stopped = await profile('--out', file('poor'), '--budget-tokens', '100');
    expect([stopped.status, codeOf(stopped)]).toEqual([1, 'teacher-budget']);
    expect(server.asked).toEqual([]);
  });

  it('stops at a refused key', async () => {
    process.env.WRONG_KEY = `${key}x`;
    const refused = await profile('--out', file('refusedProfile'), '--key-env', 'WRONG_KEY');
    expect([refused.status, codeOf(refused)]).toEqual([1, 'teacher-bad-key']);
    await expectNoKey(refused, 'refusedProfile');
  });
});
