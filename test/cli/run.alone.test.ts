// @vitest-environment node
// A whole experiment with a teacher on a server, from the command line: each question and each wrong answer asked about once. Thousands of calls.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ExperimentReport } from '../../src/studio/experiment';
import { ChatServer } from '../teacher/chatServer';
import { temporaryFolder } from '../studio/tinyProject';
import { document, stat } from './commandLine';

const key = 'sk-runremote-90be12cc7f31a4';
const server = new ChatServer(key);
let address: string;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
const file = (name: string) => join(folder.path, name);
beforeAll(async () => {
  address = await server.start();
  folder = await temporaryFolder();
  const arms = [{ name: 'base', kind: 'base', learningRate: 8e-4 }, { name: 'stat-sel', kind: 'stat-sel', learningRate: 8e-4, drawsPerSkill: 2 }];
  await writeFile(file('experiment.json'), JSON.stringify({ world: 'B1', seeds: [0], arms, steps: 2, limits: { validation: 24, test: 24 } }));
});
afterAll(async () => {
  await server.stop();
  await folder.remove();
});

it('runs with a teacher on a server, and again from its ledger to the same report', { timeout: 900_000 }, async () => {
  process.env.RUN_KEY = key;
  const ended = await stat(['run', file('experiment.json'), '--out', file('out'), '--json', '--teacher', address, '--model', 'small', '--key-env', 'RUN_KEY', '--concurrency', '32']);
  expect(ended.stdout + ended.stderr).not.toContain(key);
  expect(ended.status).toBe(0);
  const asked = server.chats;
  // Every request is another text: nothing was asked twice.
  expect(new Set(asked).size).toBe(asked.length);
  expect(asked.length).toBeGreaterThan(10_000);
  expect(asked.filter((text) => text.includes('The learner\'s response:')).length).toBeGreaterThan(0);
  const exported = await stat(['ledger', file('out'), '--export', file('ledger.jsonl'), '--json']);
  expect(document(exported)).toMatchObject({ entries: asked.length });
  expect(await readFile(file('ledger.jsonl'), 'utf8')).not.toContain(key);
  server.asked = [];
  const replayed = await stat(['run', file('experiment.json'), '--out', file('again'), '--json', '--replay', file('ledger.jsonl')]);
  expect(replayed.status).toBe(0);
  expect(server.asked).toEqual([]);
  const bare = ({ seconds: _, adapter: __, ...report }: ExperimentReport & { seconds?: number; adapter?: string }) => report;
  expect(bare(document(replayed) as unknown as ExperimentReport)).toEqual(bare(document(ended) as unknown as ExperimentReport));
});
