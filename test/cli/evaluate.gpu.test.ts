// `evaluate` with a teacher's second opinion and with several samples, and `grpo` with a teacher's verdicts as reward: what is asked, what counts, and what the figures are.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Response } from '../../src/data/types';
import { byteStudentFiles } from '../model/byteStudent';
import { ChatServer } from '../teacher/chatServer';
import { temporaryFolder } from '../studio/tinyProject';
import { document, stat } from './commandLine';

const key = 'sk-evaluate-77c0a1d2';
const server = new ChatServer(key);
let address: string;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
const at = (name: string) => join(folder.path, name);
beforeAll(async () => {
  address = await server.start();
  folder = await temporaryFolder();
  await mkdir(at('student'));
  for (const [name, bytes] of byteStudentFiles('llama')) await writeFile(at(`student/${name}`), bytes);
  await writeFile(at('rows.jsonl'), Array.from({ length: 8 }, (_, i) => JSON.stringify({ question: `what is ${i}+12?`, answer: `#### ${i + 12}`, skills: [i % 2 ? 'odd' : 'even'] })).join('\n'));
  process.env.EVALUATE_KEY = key;
});
afterAll(async () => {
  delete process.env.EVALUATE_KEY;
  await server.stop();
  await folder.remove();
});

interface Evaluated {
  accuracy: number;
  teacherFailed?: number;
  samples: { samples: number; average: number; passAt: { k: number; value: number }[] };
  skills: { skill: string; right: number; total: number }[];
  responses: Response[];
}
async function evaluate(...more: string[]): Promise<Evaluated> {
  const ended = await stat(['evaluate', '--student', at('student'), '--data', at('rows.jsonl'), '--max-tokens', '6', '--gpu', 'cpu', '--json', ...more]);
  expect(ended.status, ended.stderr).toBe(0);
  expect(ended.stdout + ended.stderr).not.toContain(key);
  return document(ended) as unknown as Evaluated;
}
const judge = ['--judge', '--teacher', '', '--model', 'small', '--key-env', 'EVALUATE_KEY'];

it('shows what the grader calls wrong to the teacher with the reference, and counts its verdict', async () => {
  const plain = await evaluate();
  expect(plain).toMatchObject({ accuracy: 0 });
  server.right = (text) => /what is [0-2]\+12/.test(text);
  const judged = await evaluate(...judge.with(2, address), '--ledger', at('ledger'));
  expect(judged).toMatchObject({ accuracy: 3 / 8, teacherFailed: 0, skills: [{ skill: 'even', right: 2, total: 4 }, { skill: 'odd', right: 1, total: 4 }] });
  expect(judged.responses.map(({ text }) => text)).toEqual(plain.responses.map(({ text }) => text));
  for (const { rule } of judged.responses) expect(rule).toContain('both compared');
  expect(server.chats).toHaveLength(8);
  expect(server.chats.every((text) => text.includes('#### '))).toBe(true);
  // What was paid for is in the ledger.
  await evaluate(...judge.with(2, address), '--ledger', at('ledger'));
  expect(server.chats).toHaveLength(8);
}, 120_000);

it('draws several samples a question, and counts them as avg@k and pass@k', async () => {
  server.right = (text) => text.length % 2 === 0;
  const { samples, responses, accuracy, skills } = await evaluate('--samples', '3', '--k', '1,2,3', '--temperature', '1', ...judge.with(2, address), '--ledger', at('sampled'));
  expect(responses).toHaveLength(24);
  const ids = [...new Set(responses.map(({ questionId }) => questionId))];
  const each = ids.map((id) => responses.filter(({ questionId }) => questionId === id));
  expect(each.some((mine) => new Set(mine.map(({ text }) => text)).size === 3)).toBe(true);
  const right = each.map((mine) => mine.filter(({ correct }) => correct).length);
  expect(new Set(right).size).toBeGreaterThan(1);
  const mean = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length;
  expect(samples.average).toBeCloseTo(mean(right.map((c) => c / 3)), 12);
  expect(accuracy).toBeCloseTo(samples.average, 12);
  // Of 3 samples with c right: every pair holds a right one unless both are of the 3 − c wrong.
  const wanted = [mean(right.map((c) => c / 3)), mean(right.map((c) => 1 - ((3 - c) * (2 - c)) / 6)), mean(right.map((c) => (c > 0 ? 1 : 0)))];
  expect(samples.passAt.map(({ k }) => k)).toEqual([1, 2, 3]);
  samples.passAt.forEach(({ value }, i) => expect(value).toBeCloseTo(wanted[i], 12));
  const first = responses.slice(0, 8);
  expect(skills.reduce((sum, one) => sum + one.right, 0)).toBe(first.filter(({ correct }) => correct).length);
}, 120_000);

it('rewards what the teacher calls right, tells the requests before, and goes on only with the same teacher', async () => {
  server.right = (text) => text.length % 2 === 0;
  const before = server.chats.length;
  const grpo = (...more: string[]) => stat(['grpo', '--student', at('student'), '--data', at('rows.jsonl'), '--out', at('grpo'), '--questions', '2', '--group', '4',
    '--max-tokens', '6', '--updates', '2', '--gpu', 'cpu', '--json', ...more]);
  const judged = [...judge.with(2, address), '--ledger', at('graded')];
  const told = document(await grpo(...judged, '--dry-run'));
  expect(told).toMatchObject({ teacher: { sent: 0, rows: 16, forecast: { requests: 16 } } });
  expect(server.chats).toHaveLength(before);
  const ended = await grpo(...judged);
  expect(ended.status, ended.stderr).toBe(0);
  expect(ended.stderr).toContain('At most 16 answers go to small');
  const { rewards, iterations, judge: by } = document(ended) as unknown as { rewards: number[]; iterations: { unjudged?: number }[]; judge: string };
  const asked = server.chats.slice(before);
  // Its grader calls every one of these random answers wrong, so each reward is the teacher's.
  expect(asked.length).toBeGreaterThan(8);
  expect([rewards.length, by, iterations.some(({ unjudged }) => unjudged)]).toEqual([2, 'small', false]);
  expect(rewards.some((reward) => reward > 0)).toBe(true);
  expect(document(await grpo('--resume', '--updates', '3'))).toMatchObject({ error: { code: 'grpo-other-run' } });
}, 120_000);
