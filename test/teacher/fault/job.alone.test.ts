// @vitest-environment node
// A labelling job of 10,000 rows, as a person starts it, against a server that fails in every way; killed and resumed five times.
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { root } from '../../../scripts/environment.mjs';
import { elapsed } from '../../../src/core/clock';
import type { LedgerEntry } from '../../../src/teacher/ledger/entry';
import { stat } from '../../cli/commandLine';
import { faultServer, FAULTS, type FaultServer } from './faultServer';

const ROWS = 10_000;
/** Rows whose text another row has too. */
const REPEATED = 500;
const CONCURRENCY = 32;
const KILLS = 5;
const SKILLS = ['add', 'subtract', 'multiply', 'divide', 'percent'];
const KEY = 'sk-test-THIS-KEY-IS-NOWHERE-0123456789';

let folder: string;
let server: FaultServer;
beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'stat-fault-'))));
afterEach(async () => {
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

async function writeRows(rows: number, repeated: number): Promise<void> {
  const line = (i: number) => {
    const n = i < rows - repeated ? i : (i * 7) % (rows - repeated);
    return JSON.stringify({ id: `row-${i}`, question: `What is ${n} plus ${n * 3 + 1}? Show all steps.`, answer: String(n) });
  };
  await writeFile(join(folder, 'rows.jsonl'), Array.from({ length: rows }, (_, i) => `${line(i)}\n`).join(''));
  await writeFile(join(folder, 'skills.json'), JSON.stringify(SKILLS));
}

function args(more: string[] = []): string[] {
  return [
    'label', '--json', '--data', join(folder, 'rows.jsonl'), '--skills', join(folder, 'skills.json'), '--out', join(folder, 'out'), '--resume', '--teacher', server.url,
    '--model', 'fault', '--key-env', 'FAULT_KEY', '--concurrency', String(CONCURRENCY), '--timeout', '1.5', '--backoff', '0.01', ...more,
  ];
}

/** Starts the job and kills it, with all its processes, once the server has had `requests` more requests. */
async function killedAfter(requests: number): Promise<void> {
  const until = server.requests + requests;
  const child = spawn(process.execPath, [join(root, 'scripts/stat.mjs'), ...args()], {
    detached: true, stdio: 'ignore', env: { ...process.env, NODE_ENV: '', VITEST: '', FAULT_KEY: KEY },
  });
  const ended = new Promise<void>((resolve) => child.on('exit', () => resolve()));
  const gone = ended.then(() => true);
  while (server.requests < until && !(await Promise.race([gone, new Promise<false>((resolve) => setTimeout(() => resolve(false), 5))])));
  expect(server.requests).toBeGreaterThanOrEqual(until);
  process.kill(-(child.pid ?? NaN), 'SIGKILL');
  await ended;
}

async function lines<T>(name: string): Promise<T[]> {
  const text = await readFile(join(folder, 'out', name), 'utf8');
  return text.split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as T);
}

it('ends with every row labelled once or listed with its reason, nothing lost and nothing paid twice', { timeout: 400_000 }, async () => {
  server = await faultServer(5, SKILLS);
  await writeRows(ROWS, REPEATED);
  process.env.FAULT_KEY = KEY;
  const startedAt = elapsed();
  for (let kill = 0; kill < KILLS; kill++) await killedAfter(1000 + 300 * kill);
  const ended = await stat(args());
  const seconds = (elapsed() - startedAt) / 1000;
  expect(ended.stderr + ended.stdout).not.toContain(KEY);
  expect(ended.status).toBe(0);

  // Every row once: labelled by the list, or failed with a reason.
  const labels = await lines<{ id: string; skills: string[] }>('labelled.jsonl');
  const failed = await lines<{ row: string; code: string }>('failures.jsonl');
  const ids = [...labels.map(({ id }) => id), ...failed.map(({ row }) => row)];
  expect(ids.length).toBe(ROWS);
  expect(new Set(ids).size).toBe(ROWS);
  for (const { skills } of labels) {
    expect(skills.length).toBe(1);
    expect(SKILLS).toContain(skills[0]);
  }
  expect(failed.length).toBeGreaterThan(20);
  expect(failed.length).toBeLessThan(0.1 * ROWS);
  const reasons = new Set(failed.map(({ code }) => code));
  for (const code of ['teacher-server', 'teacher-not-understood', 'reply-off-list', 'reply-not-json']) expect(reasons).toContain(code);
  for (const fault of FAULTS) expect(server.faults.get(fault)).toBeGreaterThan(50);

  // The ledger: one entry a request; what was answered was answered by this server, for this request.
  const exported = await stat(['ledger', join(folder, 'out'), '--export', join(folder, 'out', 'export.jsonl')]);
  expect(exported.stderr).toBe('');
  expect(exported.status).toBe(0);
  const entries = await lines<LedgerEntry>('export.jsonl');
  expect(new Set(entries.map(({ key }) => key)).size).toBe(entries.length);
  expect(entries.length).toBe(server.asked.size);
  const answered = entries.filter(({ state }) => state === 'answered');
  expect(new Set(answered.map(({ model }) => model)).size).toBe(answered.length);
  expect(entries.filter(({ state }) => state === 'sent')).toEqual([]);
  const heard = new Set(answered.map(({ model }) => model?.slice('fault-'.length)));

  // Paid: replies the server worked out. Heard: those in the ledger. The difference is told, and bounded by it.
  let paid = 0;
  let repeatedAfterHearing = 0;
  for (const [hash, { answers, cut }] of server.asked) {
    paid += answers + cut;
    if (heard.has(hash)) repeatedAfterHearing += answers - 1;
  }
  const unheard = entries.reduce((sum, entry) => sum + (entry.unheard?.tries ?? 0), 0);
  expect(answered.length).toBeGreaterThan(9000);
  expect(paid - answered.length).toBeGreaterThan(0);
  expect(paid - answered.length).toBeLessThanOrEqual(unheard);
  // Answered whole and still asked again: only what was in flight at a kill, on the wire or on its way to the disk.
  expect(repeatedAfterHearing).toBeLessThanOrEqual(KILLS * 2 * CONCURRENCY);
  expect(answered.reduce((sum, { inputTokens = 0 }) => sum + inputTokens, 0)).toBe(100 * answered.length);
  expect(server.requests).toBeLessThanOrEqual(entries.reduce((sum, { tries }) => sum + tries, 0));

  // Once more: everything from the ledger, except what never got a reply and so is tried again.
  const before = server.requests;
  const again = await stat(args(['--tries', '1']));
  expect(again.status).toBe(0);
  expect(server.requests - before).toBeLessThanOrEqual(failed.length);
  for (const file of ['calls.jsonl', 'labelled.jsonl', 'failures.jsonl', 'export.jsonl']) expect(await readFile(join(folder, 'out', file), 'utf8')).not.toContain(KEY);
  console.log(`${ROWS} rows, ${server.requests} requests in ${seconds.toFixed(0)} s: ${labels.length} labelled, ${failed.length} failed; ${paid} paid, `
    + `${answered.length} heard, ${unheard} tries unheard by the ledger, ${repeatedAfterHearing} answered again after a kill`);
});

/** What a client that does nothing but ask reaches on this machine at this moment, as a share of the ideal. */
async function bareShare(requests: number): Promise<number> {
  const code = `let left = ${requests}; const at = performance.now();
    const worker = async () => { while (left-- > 0) await (await fetch('${server.url}/chat/completions', { method: 'POST', body: String(left) })).text(); };
    await Promise.all(Array.from({ length: ${CONCURRENCY} }, worker)); console.log(performance.now() - at);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['ignore', 'pipe', 'inherit'] });
  let printed = '';
  child.stdout.on('data', (data: Buffer) => (printed += data.toString()));
  await new Promise((resolve) => child.on('close', resolve));
  return (1000 * (requests / CONCURRENCY) * 0.2) / Number(printed);
}

it('reaches 90 % of the ideal at concurrency 32 where a reply takes 200 ms', { timeout: 120_000, retry: 2 }, async () => {
  server = await faultServer(6, SKILLS, { milliseconds: 200, mix: false });
  await writeRows(1600, 0);
  process.env.FAULT_KEY = KEY;
  // On a machine that is busy with something else nobody reaches the ideal, and a client that does more than nothing falls further
  // behind: then two thirds of what a bare client reaches is asked for, and the line below says what was measured.
  const reachable = Math.min(1, await bareShare(640));
  const before = server.requests;
  let first = Infinity;
  const watch = setInterval(() => {
    if (server.requests > before) first = Math.min(first, elapsed());
  }, 1);
  const ended = await stat(args(['--timeout', '20']));
  const last = elapsed();
  clearInterval(watch);
  expect(ended.status).toBe(0);
  expect(server.requests - before).toBe(1600);
  // From the first request to the end of the process.
  const ideal = (1600 / CONCURRENCY) * 0.2;
  const share = ideal / ((last - first) / 1000);
  console.log(`${(100 * share).toFixed(1)} % of the ideal ${ideal} s; a bare client reaches ${(100 * reachable).toFixed(1)} %`);
  expect(share).toBeGreaterThanOrEqual(reachable > 0.95 ? 0.9 : 0.67 * reachable);
});
