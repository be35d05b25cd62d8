// `synthesise`: by a built-in world's rules, and by a language model on a server; a second run asks nothing again.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { worldById } from '../../src/data/worlds';
import type { NewRow } from '../../src/stat/types';
import { temporaryFolder } from '../studio/tinyProject';
import { document, stat } from './commandLine';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
const world = worldById('A');
const { pool, validation } = world.splits(0);
const file = (name: string) => join(folder.path, name);
const lines = (rows: readonly object[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join('');
const rowsIn = async (out: string) => (await readFile(join(file(out), 'new.jsonl'), 'utf8')).trimEnd().split('\n').map((line) => JSON.parse(line) as NewRow);

beforeAll(async () => {
  folder = await temporaryFolder();
  await mkdir(folder.path, { recursive: true });
  await writeFile(file('pool.jsonl'), lines(pool.slice(0, 4000)));
  await writeFile(file('validation.jsonl'), lines(validation));
  const judgements = validation.slice(0, 40).map(({ id, skills }, i) => ({ questionId: id, judgedCorrect: i === 0, missing: skills.slice(0, 2), reason: '' }));
  await writeFile(file('profile.json'), JSON.stringify({ judgements }));
});
afterAll(() => folder.remove());

describe('synthesise', () => {
  const shared = () => ['--data', file('pool.jsonl'), '--profile', file('profile.json'), '--evaluation', file('validation.jsonl'), '--json'];

  it('by a world’s rules writes rows that can be trained on, and counts what it drops', async () => {
    const args = ['synthesise', '--world', 'A', ...shared(), '--per-skill', '6', '--grader', 'final', '--out', file('rules')];
    const ended = await stat(args);
    expect(ended.stderr).not.toContain('Error');
    const told = document(ended) as { asked: number; questions: number; rows: number; failed: number; dropped: Record<string, number> };
    const rows = await rowsIn('rules');
    expect(rows.length).toBe(told.rows);
    expect(told.asked).toBe(told.failed + told.questions + Object.values(told.dropped).reduce((a, b) => a + b, 0));
    const asked = new Set(validation.map(({ question }) => question));
    for (const { question, answer, skills, from } of rows) {
      expect(asked.has(question)).toBe(false);
      expect(answer).toContain('#');
      expect(skills.length).toBe(1);
      expect(from.references.length).toBeGreaterThan(0);
    }
    const again = await stat([...args, '--resume']);
    expect(document(again)).toEqual(told);
    expect(await rowsIn('rules')).toEqual(rows);
  }, 120_000);

  it('tells answers anew', async () => {
    const ended = await stat(['synthesise', '--world', 'A', ...shared(), '--as', 'augment', '--count', '50', '--grader', 'final', '--out', file('anew')]);
    expect(document(ended)).toMatchObject({ asked: 50, failed: 0 });
    const texts = new Map(pool.map(({ id, question }) => [id, question]));
    for (const row of await rowsIn('anew')) expect(row.question).toBe(texts.get(row.from.references[0]));
  }, 120_000);

  describe('by a language model', () => {
    let server: Server;
    let requests = 0;
    beforeAll(async () => {
      server = createServer((request, response) => {
        let body = '';
        request.on('data', (part: Buffer) => (body += part.toString()));
        request.on('end', () => {
          requests++;
          const { messages } = JSON.parse(body) as { messages: { content: string }[] };
          const said = messages.map(({ content }) => content).join('\n');
          const final = said.includes('attempt number 2') ? '8' : '7';
          // The third attempt at a solution differs; every question is a new one.
          const reply = said.includes('You write practice questions')
            ? { reason: 'r', draft: 'd', question: `How many of the ${requests} marbles of jar ${requests} are left?` }
            : { answer: `All of them.\nThe answer is ${final}`, final };
          response.setHeader('content-type', 'application/json');
          response.end(JSON.stringify({ choices: [{ message: { content: JSON.stringify(reply) }, finish_reason: 'stop' }], usage: { prompt_tokens: 9, completion_tokens: 4 }, model: 'm' }));
        });
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    });
    afterAll(() => void server.close());

    it('keeps what its solutions agree on, and asks nothing twice', async () => {
      const { port } = server.address() as AddressInfo;
      const args = ['synthesise', '--teacher', `http://127.0.0.1:${port}/v1`, '--model', 'm', ...shared(), '--per-skill', '1', '--out', file('model')];
      const dry = await stat([...args, '--dry-run']);
      const before = document(dry) as { rows: number; forecast: { requests: number; money: { most: number } } };
      expect([requests, before.rows > 0, before.forecast]).toEqual([0, true, expect.objectContaining({ requests: 4 * before.rows, money: { least: 0, most: 0 } })]);
      const told = document(await stat(args)) as { asked: number; questions: number; rows: number };
      expect(told.rows).toBe(told.questions);
      const sent = requests;
      expect(told.questions).toBeGreaterThan(0);
      for (const { answer, from } of await rowsIn('model')) {
        expect(from).toMatchObject({ agreeing: 2, solutions: 3 });
        expect(answer).toContain('7');
      }
      const again = document(await stat([...args, '--resume'])) as { questions: number };
      expect([requests, again.questions]).toEqual([sent, told.questions]);
    }, 120_000);
  });

  it('refuses a profile that is none', async () => {
    await writeFile(file('bad.json'), '{"judgements": 3}');
    const ended = await stat(['synthesise', '--world', 'A', '--data', file('pool.jsonl'), '--profile', file('bad.json'), '--evaluation', file('validation.jsonl'), '--out', file('none'), '--json']);
    expect(ended.status).toBe(1);
    expect(document(ended)).toMatchObject({ error: { code: 'cli-bad-profile' } });
  }, 60_000);
});
